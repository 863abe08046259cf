namespace DurableObjects.History;

/// <summary>One commit of an object, as its history knows it.</summary>
/// <param name="Commit">The commit's number.</param>
/// <param name="At">When it was made, by the model's clock; never before the commit before it.</param>
/// <param name="Exists">Whether the object existed after it.</param>
public sealed record Moment(long Commit, DateTimeOffset At, bool Exists);
