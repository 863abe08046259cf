using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>The methods of the object class <c>batch-processor</c>.</summary>
public interface IBatchProcessor
{
    /// <summary>
    /// Queues a write. It is durable when this answers. With the last one that a batch has room for, or when the time of the oldest is
    /// over, the batch is flushed in this very turn, and the answer says what became of it.
    /// </summary>
    /// <param name="id">
    /// Its name, by which a repetition is known and its result is asked for: 1 to <see cref="BatchProcessor.IdCharacters"/> characters. One
    /// that was rejected may be added again.
    /// </param>
    /// <param name="key">What is written: 1 to <see cref="BatchProcessor.KeyCharacters"/> characters.</param>
    /// <param name="value">
    /// Any JSON of at most <see cref="BatchProcessor.ValueBytes"/> and <see cref="JsonLimits.Depth"/> levels; null or nothing
    /// removes the key.
    /// </param>
    /// <param name="expectedVersion">The version that the key must have by then, 0 for none; null for any.</param>
    /// <exception cref="DurableObjectException">
    /// An argument is outside its limits (400), the id is that of another write (422 <c>item-id-reused</c>), or
    /// <see cref="BatchProcessor.MaxQueued"/> wait because batches fail (503 <c>queue-full</c>).
    /// </exception>
    Task<BatchItemResult> Add(string id, string key, JsonElement? value = null, long? expectedVersion = null);

    /// <summary>What became of a write. Read-only.</summary>
    /// <exception cref="DurableObjectException">It is not known, or no longer (404 <c>unknown-item</c>).</exception>
    Task<BatchItemResult> Result(string id);

    /// <summary>
    /// Flushes what waits, up to a batch, without waiting for more. While a batch that has failed waits for its retry, it is not tried.
    /// </summary>
    /// <returns>What came of it; null if nothing waits.</returns>
    Task<BatchReport?> Flush();

    /// <summary>Sets when batches are flushed, and what becomes of one that cannot be applied. What is left out stays as it is.</summary>
    /// <param name="maxItems">Items of a batch: 1 to <see cref="BatchProcessor.LargestBatch"/>.</param>
    /// <param name="maxMilliseconds">How long the oldest waits for more: 1 to <see cref="BatchProcessor.LongestWait"/>.</param>
    /// <param name="onFailure">What becomes of the items beside one at fault.</param>
    Task<BatchSettings> Configure(int? maxItems = null, int? maxMilliseconds = null, BatchFailure? onFailure = null);

    /// <summary>What waits, and how it goes. Read-only.</summary>
    Task<BatchStatus> Status();

    /// <summary>What stands under a key; null if nothing does. Read-only.</summary>
    Task<BatchEntry?> Get(string key);

    /// <summary>Keys and values in the order of the keys. Read-only.</summary>
    /// <param name="after">Only keys after this one: give the last one of a page to get the page after it.</param>
    /// <param name="limit">How many at most: 1 to <see cref="BatchProcessor.PageEntries"/>.</param>
    Task<IReadOnlyList<BatchEntry>> List(string? after = null, int limit = 100);
}
