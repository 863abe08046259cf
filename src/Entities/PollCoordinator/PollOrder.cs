namespace DurableObjects.Entities;

/// <summary>What a <see cref="PollWorkflow"/> starts with; the coordinator knows the rest by its id.</summary>
/// <param name="Class">The coordinator's class.</param>
/// <param name="Key">The coordinator's key.</param>
public sealed record PollOrder(string Class, string Key);
