namespace DurableObjects.Entities;

/// <summary>What a client sends.</summary>
/// <param name="Read">What it has read.</param>
public sealed record HubMessage(HubRead? Read);
