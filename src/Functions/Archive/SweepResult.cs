namespace DurableObjects.Functions.Archive;

/// <summary>What a sweep did.</summary>
/// <param name="Objects">Objects whose pieces were judged.</param>
/// <param name="Idle">Objects that were left out because nothing has changed since they were judged last.</param>
/// <param name="Failed">Objects that could not be judged, because something of them is damaged.</param>
/// <param name="Expired">Pieces deleted that no moment within the retention needs.</param>
/// <param name="Unnamed">Pieces deleted that no state names.</param>
/// <param name="Payloads">Payloads deleted.</param>
public sealed record SweepResult(long Objects, long Idle, long Failed, long Expired, long Unnamed, long Payloads);
