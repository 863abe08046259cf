namespace DurableObjects.Entities;

/// <summary>What an account's events come to.</summary>
/// <param name="Balance">What it holds.</param>
public sealed record AccountState(decimal Balance);
