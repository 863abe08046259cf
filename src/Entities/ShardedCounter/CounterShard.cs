using System.Globalization;

namespace DurableObjects.Entities;

/// <summary>
/// One of the objects that a sharded counter counts with. It takes adds, and reports what it has counted to its counter, by a signal,
/// at most as late as the counter's staleness after the first add that is not reported.
/// </summary>
[DurableObject("counter-shard")]
public sealed class CounterShard(ObjectContext context) : DurableObject(context), ICounterShard
{
    /// <summary>The most that one add adds or takes away.</summary>
    public const long MaxBy = 1_000_000_000;

    /// <summary>
    /// The most that a shard holds: what every JSON reader that takes numbers for doubles reads exactly (2^53 - 1, RFC 8259). All shards
    /// together stay within 64 bits.
    /// </summary>
    public const long MaxCount = 9_007_199_254_740_991;

    /// <summary>The error code of a count beyond <see cref="MaxCount"/> (409).</summary>
    public const string Overflow = "overflow";

    private const string StateKey = "state";

    private State Current => Storage.Get<State>(StateKey) ?? State.Fresh;

    /// <inheritdoc/>
    public Task<long> Add(long by = 1)
    {
        _ = Place();
        Argument.Within(by, "by", -MaxBy, MaxBy);
        State state = Current;
        long count = state.Count + by;
        if (count is < -MaxCount or > MaxCount)
        {
            throw new DurableObjectException(
                409, Overflow, $"{state.Count} plus {by} is beyond {-MaxCount} to {MaxCount}; the shard stays at {state.Count}.");
        }
        Storage.Put(StateKey, state with { Count = count });
        if (Storage.GetAlarm() is null)
        {
            Storage.SetAlarm(TimeSpan.FromMilliseconds(state.Staleness));
        }
        return Task.FromResult(count);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<long> Get() => Task.FromResult(Current.Count);

    /// <inheritdoc/>
    public Task Obey(ShardOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        (string counter, _) = Place();
        Senders.Require(Context, "sharded-counter", counter);
        State state = Current;
        if (order.Epoch < state.Epoch)
        {
            // The counter has forgotten a reset, by a return or its end; the report tells it.
            Report(state);
            return Task.CompletedTask;
        }
        if (state.Epoch == 0)
        {
            // What it has counted before it was told counts in the first epoch that it hears of.
            state = state with { Epoch = order.Epoch };
        }
        else if (state.Epoch < order.Epoch)
        {
            state = state with { Epoch = order.Epoch, Previous = state.Count, Count = 0 };
        }
        Report(state with { Staleness = order.Staleness, Round = Math.Max(state.Round, order.Round) });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        Report(Current);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnReturned(ReturnInfo info)
    {
        // The counter has a report of what this shard does not have any more. One without a state has never counted for anybody.
        if (Storage.Get<State>(StateKey) is { } state)
        {
            Report(state, returned: true);
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>The counter that the shard counts for, and its number there.</summary>
    private (string Counter, int Number) Place()
    {
        string name = Context.Name ?? "";
        int colon = name.LastIndexOf(':');
        string digits = name[(colon + 1)..];
        return colon > 0 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number < ShardedCounter.MaxShards && number.ToString(CultureInfo.InvariantCulture) == digits
            ? (name[..colon], number)
            : throw Argument.Invalid(
                $"A shard's key is the name of its counter, a colon and a number below {ShardedCounter.MaxShards}, such as 'views:0'.");
    }

    private void Report(State state, bool returned = false)
    {
        (string counter, int number) = Place();
        long at = Math.Max(Context.Now.ToUnixTimeMilliseconds(), state.ReportedAt + 1);
        state = state with { ReportedAt = at };
        Storage.Put(StateKey, state);
        Storage.DeleteAlarm();
        Context.Objects.Signal<IShardedCounter>(counter, one => one.Report(
            new ShardReport(number, at, state.Epoch, state.Count, state.Previous, state.Round, returned)));
    }

    private sealed record State(long Count, long Epoch, long Previous, long Staleness, long Round, long ReportedAt)
    {
        public static State Fresh { get; } = new(0, 0, 0, ShardedCounter.DefaultStalenessMilliseconds, 0, 0);
    }
}
