namespace DurableObjects.Entities;

/// <summary>What stands for the older part of a conversation.</summary>
/// <param name="Text">The summary.</param>
/// <param name="Tokens">What it counts against the budget.</param>
/// <param name="UpTo">The id of the newest message that it covers.</param>
/// <param name="Version">The session's version with which it came.</param>
public sealed record SessionSummary(string Text, long Tokens, long UpTo, long Version);
