namespace DurableObjects.Entities;

/// <summary>What became of a post.</summary>
/// <param name="Number">Its number; null if it reached nobody, for then it is not kept.</param>
/// <param name="Reached">Subscribers in whose inboxes it is.</param>
/// <param name="Duplicate">Whether a post of this id was there before: the rest is then what became of that one.</param>
public sealed record HubReceipt(long? Number, int Reached, bool Duplicate = false);
