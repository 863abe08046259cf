using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A job of a scheduler. Times are in UTC, to the millisecond.</summary>
/// <param name="Id">Its name within the scheduler.</param>
/// <param name="Due">The due time that it waits or runs for.</param>
/// <param name="Every">Seconds between due times; null for a job that runs once.</param>
/// <param name="Payload">What it was given for its handler, or null.</param>
/// <param name="Target">The object that it signals, or null.</param>
/// <param name="RunsAt">When it is tried next: the due time, or later after a failure.</param>
/// <param name="Failures">How often it has failed in a row.</param>
/// <param name="Error">The last of these failures, or null.</param>
public sealed record ScheduledJob(
    string Id,
    DateTimeOffset Due,
    decimal? Every,
    JsonElement? Payload,
    JobTarget? Target,
    DateTimeOffset RunsAt,
    int Failures,
    string? Error);
