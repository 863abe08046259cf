using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What a cache says of its key.</summary>
/// <param name="State">Where the answer comes from.</param>
/// <param name="Found">Whether there is a value.</param>
/// <param name="Value">The value.</param>
/// <param name="LoadedAt">When the source said so; null if nothing is known.</param>
/// <param name="FreshUntil">Until when it is fresh.</param>
/// <param name="Error">Why the source failed last, if it has not answered since.</param>
/// <param name="RetryAfterSeconds">
/// After a failure the whole seconds, rounded up, after which the source is asked again at the earliest; otherwise 0.
/// </param>
public sealed record CacheResult(
    CacheState State, bool Found, JsonElement? Value, DateTimeOffset? LoadedAt, DateTimeOffset? FreshUntil, string? Error,
    long RetryAfterSeconds);

/// <summary>Where an answer of a cache comes from.</summary>
public enum CacheState
{
    /// <summary>It was known, and is fresh. That the source does not have the key is known, too.</summary>
    Hit,

    /// <summary>The source was asked for it.</summary>
    Miss,

    /// <summary>It was known, is no longer fresh, and is being loaded anew in the background.</summary>
    Stale,

    /// <summary>The source failed, now or a moment ago.</summary>
    Failed,

    /// <summary>Nothing is known, and the source was not asked.</summary>
    None,
}
