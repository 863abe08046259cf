namespace DurableObjects.Entities;

/// <summary>When batches are flushed.</summary>
/// <param name="MaxItems">As soon as so many wait.</param>
/// <param name="MaxMilliseconds">When the oldest has waited for so long.</param>
/// <param name="OnFailure">What becomes of the items beside one at fault.</param>
public sealed record BatchSettings(int MaxItems = 10, int MaxMilliseconds = 100, BatchFailure OnFailure = BatchFailure.RejectAll);

/// <summary>What becomes of a batch with an item that cannot be applied.</summary>
public enum BatchFailure
{
    /// <summary>All of its items are rejected, and told which was at fault.</summary>
    RejectAll,

    /// <summary>The item is rejected, and the others are applied without it, all or none of them.</summary>
    Isolate,
}
