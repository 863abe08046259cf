namespace DurableObjects.Entities;

/// <summary>
/// An exact sliding window over a log of admitted costs. It never admits more than the limit in any span as long as the window,
/// and forgets itself when a window has passed in which nothing was admitted.
/// </summary>
[DurableObject("rate-limiter")]
public sealed class RateLimiter(ObjectContext context) : DurableObject(context), IRateLimiter
{
    /// <summary>The largest limit. Sums of costs stay far from the 64 bits of an SQL integer.</summary>
    public const long MaxLimit = 1_000_000_000;

    /// <summary>The longest window in seconds: 31 days.</summary>
    public const int MaxWindowSeconds = 31 * 24 * 60 * 60;

    private const string LongestWindowKey = "window";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        "CREATE TABLE admitted(at INTEGER PRIMARY KEY, cost INTEGER NOT NULL)",
    ];

    /// <inheritdoc/>
    public Task<RateLimitResult> Check(long limit, decimal windowSeconds, long cost = 1)
    {
        long window = Validate(limit, windowSeconds, cost);
        long now = Context.Now.ToUnixTimeMilliseconds();
        long used = Storage.Sql.Exec("SELECT coalesce(sum(cost), 0) FROM admitted WHERE at > ?", now - window).One().Get<long>(0);
        bool allowed = used + cost <= limit;
        long passesAt = now;
        if (allowed)
        {
            Admit(now, window, cost);
            used += cost;
        }
        else
        {
            passesAt = FreedAt(used + cost - limit, now - window) + window;
        }
        long newest = Storage.Sql.Exec("SELECT max(at) FROM admitted").One().Get<long>(0);
        return Task.FromResult(new RateLimitResult(
            allowed, limit, Math.Max(0, limit - used), DateTimeOffset.FromUnixTimeMilliseconds(newest + window),
            (passesAt - now + 999) / 1_000));
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        long window = Storage.Get<long>(LongestWindowKey);
        long now = Context.Now.ToUnixTimeMilliseconds();
        Storage.Sql.Exec("DELETE FROM admitted WHERE at <= ?", now - window);
        if (Storage.Sql.Exec("SELECT max(at) FROM admitted").One().Get<long?>(0) is { } newest)
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(newest + window));
        }
        else
        {
            Storage.DeleteAll();
        }
        return ValueTask.CompletedTask;
    }

    private static long Validate(long limit, decimal windowSeconds, long cost)
    {
        if (limit is < 1 or > MaxLimit)
        {
            throw Argument.Invalid($"'limit' is {limit}; it must be 1 to {MaxLimit}.");
        }
        decimal milliseconds = windowSeconds is > 0 and <= MaxWindowSeconds ? windowSeconds * 1_000 : 0;
        if (milliseconds == 0 || milliseconds != decimal.Truncate(milliseconds))
        {
            throw Argument.Invalid(
                $"'windowSeconds' is {windowSeconds}; it must be 0.001 to {MaxWindowSeconds}, with three decimals at most.");
        }
        if (cost < 1 || cost > limit)
        {
            throw Argument.Invalid($"'cost' is {cost}; it must be 1 to the limit of {limit}, since more could never be admitted.");
        }
        return (long)milliseconds;
    }

    private void Admit(long now, long window, long cost)
    {
        Storage.Sql.Exec(
            "INSERT INTO admitted(at, cost) VALUES (?, ?) ON CONFLICT(at) DO UPDATE SET cost = cost + excluded.cost", now, cost);
        // Costs are kept for the longest window asked for, so that callers with different windows do not cut each other's short.
        if (window > Storage.Get<long>(LongestWindowKey))
        {
            Storage.Put(LongestWindowKey, window);
        }
        // Set once and moved on when it fires, which spares every check a write.
        if (Storage.GetAlarm() is null)
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(now + window));
        }
    }

    /// <summary>The time of the admitted cost with whose end enough of the window is free.</summary>
    private long FreedAt(long needed, long after) => Storage.Sql.Exec(
        """
        SELECT at FROM (SELECT at, sum(cost) OVER (ORDER BY at) AS freed FROM admitted WHERE at > ?)
        WHERE freed >= ? ORDER BY at LIMIT 1
        """, after, needed).One().Get<long>(0);
}
