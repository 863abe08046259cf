namespace DurableObjects.Entities;

/// <summary>
/// The object that new items of a source are handed to, by a signal whose one argument is a list of <see cref="PolledItem"/>.
/// </summary>
/// <param name="Class">Its class.</param>
/// <param name="Key">Its name, or <c>id:</c> and 64 hex digits.</param>
/// <param name="Method">The method to call.</param>
public sealed record PollTarget(string Class, string Key, string Method);
