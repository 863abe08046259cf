namespace DurableObjects.Entities;

/// <summary>What became of a queued write.</summary>
/// <param name="Id">Its name.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Batch">The number of the batch that settled it; null while it is queued.</param>
/// <param name="Code">Why it was rejected, for programs; null if it was not.</param>
/// <param name="Error">Why it was rejected, for people.</param>
/// <param name="Culprit">The item at fault, if there was one: itself, or another of its batch.</param>
public sealed record BatchItemResult(
    string Id, BatchItemState State, long? Batch = null, string? Code = null, string? Error = null, string? Culprit = null);

/// <summary>Where a queued write stands.</summary>
public enum BatchItemState
{
    /// <summary>It is durable and waits for its batch.</summary>
    Queued,

    /// <summary>It is applied, with all others of its batch.</summary>
    Applied,

    /// <summary>It is not applied and will not be.</summary>
    Rejected,
}
