namespace DurableObjects.Entities;

/// <summary>Says which item of a batch cannot be applied; thrown by <see cref="BatchProcessor.ApplyBatch"/>.</summary>
/// <param name="itemId">The item.</param>
/// <param name="code">Why, for programs.</param>
/// <param name="message">Why, for people.</param>
public sealed class BatchItemException(string itemId, string code, string message) : Exception(message)
{
    /// <summary>The item.</summary>
    public string ItemId { get; } = itemId;

    /// <summary>Why, for programs.</summary>
    public string Code { get; } = code;
}
