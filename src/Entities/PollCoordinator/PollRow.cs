using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A source as the table has it: times in milliseconds, the target as JSON.</summary>
internal sealed record PollRow(
    long Key, string Id, string Url, long Every, double Jitter, PollFormat Format, string? Target, bool Paused, long? NextAt, string? Poll,
    bool Begun, long? GivesUpAt, bool Again, bool Stale, string? Etag, string? LastModified, byte[]? BodyHash, long Polls,
    long? LastSuccess, int? LastStatus, int Failures, string? LastError, long Items)
{
    public PollTarget? ParsedTarget => Target is null ? null : JsonSerializer.Deserialize<PollTarget>(Target, ObjectJson.Options);

    /// <summary>
    /// Until it is polled next: its period, or after failures twice as long for each, up to the longest; more or less by chance; and at
    /// least as long as the source wants to be left alone.
    /// </summary>
    /// <param name="failures">How many in a row.</param>
    /// <param name="chance">0 (as short as jitter allows) to 1 (as long).</param>
    /// <param name="retryAfterSeconds">What the source said, if anything.</param>
    public long Wait(int failures, double chance, double? retryAfterSeconds)
    {
        double longest = Math.Max(Every, PollLimits.LongestBackoff.TotalMilliseconds);
        double nominal = Math.Min(Every * Math.Pow(2, Math.Min(failures, 32)), longest);
        double asked = Math.Min(retryAfterSeconds * 1_000 ?? 0, PollLimits.LongestRetryAfter.TotalMilliseconds);
        return (long)Math.Ceiling(Math.Max(nominal * (1 + (Jitter * ((2 * chance) - 1))), asked));
    }

    public PollSource ToSource() => new(
        Id, Url, Every / 1_000m, Jitter, Format, ParsedTarget, Paused, Poll is not null, Time(NextAt), Time(LastSuccess), LastStatus,
        Failures, LastError, Items);

    private static DateTimeOffset? Time(long? milliseconds) =>
        milliseconds is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null;
}
