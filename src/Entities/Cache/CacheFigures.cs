namespace DurableObjects.Entities;

/// <summary>
/// How often a cache was asked. Counted in memory and stored when the object writes anyway, so that a hit costs no write: the last ones
/// before an object leaves memory may be missing.
/// </summary>
/// <param name="Hits">Answers that were known and fresh.</param>
/// <param name="Misses">Answers for which the source was asked.</param>
/// <param name="Stale">Answers that were known and no longer fresh.</param>
/// <param name="Failed">Answers without a value because the source failed.</param>
/// <param name="Loads">How often the source was asked, in the background too.</param>
public sealed record CacheFigures(long Hits, long Misses, long Stale, long Failed, long Loads);
