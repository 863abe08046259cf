namespace DurableObjects.Entities;

/// <summary>Which batch <see cref="BatchProcessor.ApplyBatch"/> is to apply.</summary>
/// <param name="Number">
/// The number that its items will have as <see cref="BatchItemResult.Batch"/>. An attempt without an item at fault has the same, and
/// after a return to an earlier moment numbers are given again.
/// </param>
/// <param name="Key">
/// A text of 32 characters that stands for its items, with all that they say, in their order: the same for the same items and never for
/// others. What is done once for a key is done once for each of its items.
/// </param>
public sealed record BatchRun(long Number, string Key);
