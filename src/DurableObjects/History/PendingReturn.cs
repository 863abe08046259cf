using System.Text.Json;
using DurableObjects.Storage;
using DurableObjects.Turns;
using DurableObjects.Work;

namespace DurableObjects.History;

/// <summary>
/// A return that the object has not been told of. It is part of the return's own commit and gone with that of
/// <see cref="DurableObject.OnReturned"/>, so neither is without the other whatever dies between them.
/// </summary>
/// <param name="To">The commit that the object returned to.</param>
/// <param name="From">The commit that it left.</param>
/// <param name="Due">When the runtime tells it if no turn did before, in milliseconds.</param>
/// <param name="Failures">How often the runtime tried in vain.</param>
/// <param name="Error">Why it could not be told; null if that was not tried yet.</param>
internal sealed record PendingReturn(long To, long From, long Due, int Failures, string? Error)
{
    public static PendingReturn? Get(MetaTable meta) =>
        meta.Text(MetaTable.Returned) is { } text ? JsonSerializer.Deserialize<PendingReturn>(text) : null;

    public static void Set(MetaTable meta, PendingReturn? pending) =>
        meta.Set(MetaTable.Returned, pending is null ? null : JsonSerializer.Serialize(pending));

    /// <summary>What the object is told.</summary>
    public ReturnInfo ToInfo(ulong history) =>
        new(new Bookmark(To, history).ToString(), new Bookmark(From, history).ToString());

    /// <summary>The same after one more failure. It is never given up: until it succeeds no turn runs.</summary>
    public PendingReturn Later(long now, string error) => this with
    {
        Due = now + Backoff.After(Math.Min(Failures + 1, Limits.AlarmRetries), Limits.AlarmFirstRetry),
        Failures = Failures + 1,
        Error = error,
    };
}
