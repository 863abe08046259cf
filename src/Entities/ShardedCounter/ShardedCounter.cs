namespace DurableObjects.Entities;

/// <summary>
/// A number that more callers add to than one object can serve: they add at its shards, each an object of its own, and this one
/// adds up what the shards report. It can be read at any time, a little late; exactly, after a round of reports; and reset.
/// </summary>
/// <remarks>
/// A shard reports all that it has counted, so the newest report of each is all there is to know, and retired shards need no
/// farewell. Their number never exceeds <see cref="MaxShards"/>, so nothing grows.
/// </remarks>
[DurableObject("sharded-counter")]
public sealed class ShardedCounter(ObjectContext context) : DurableObject(context), IShardedCounter
{
    /// <summary>The most shards. A round signals all, within <see cref="Limits.SignalsPerTurn"/>.</summary>
    public const int MaxShards = 256;

    /// <summary>Shards of a counter that was never resized.</summary>
    public const int DefaultShards = 8;

    /// <summary>The shortest staleness in seconds. Each report is a turn of the counter.</summary>
    public const decimal MinStalenessSeconds = 0.1m;

    /// <summary>The longest staleness in seconds: an hour.</summary>
    public const int MaxStalenessSeconds = 60 * 60;

    /// <summary>The staleness of a counter that was never configured, in milliseconds.</summary>
    public const long DefaultStalenessMilliseconds = 1_000;

    /// <summary>The error code of a reset while shards have not all heard of the one before (409).</summary>
    public const string EpochIncomplete = "epoch-incomplete";

    /// <summary>After this a round that is not complete is asked for again by the next flush: far longer than reports take.</summary>
    public static readonly TimeSpan RoundPatience = TimeSpan.FromSeconds(30);

    private const string StateKey = "state";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE shard(
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL, count INTEGER NOT NULL DEFAULT 0,
            previous INTEGER NOT NULL DEFAULT 0, round INTEGER NOT NULL DEFAULT 0);
        """,
    ];

    private State Current => Storage.Get<State>(StateKey) ?? State.Fresh;

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<ShardedCounterShards> Shards() => Task.FromResult(KeysOf(Current));

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<ShardedCounterTotal> Total()
    {
        State state = Current;
        // A shard that has not heard of the running epoch has counted nothing in it, and its last count is of the epoch before.
        SumRow sum = Storage.Sql.Exec(
            """
            SELECT coalesce(sum(CASE WHEN epoch = ?1 THEN count ELSE 0 END), 0) AS total,
                coalesce(sum(CASE WHEN epoch = ?1 THEN previous ELSE count END), 0) AS previous,
                coalesce(sum(epoch < ?1), 0) AS behind, max(at) AS at
            FROM shard
            """, state.Epoch).As<SumRow>().Single();
        return Task.FromResult(new ShardedCounterTotal(
            sum.Total, state.Staleness / 1_000m, state.Shards,
            sum.At is > 0 and long at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            state.CompleteRound, state.Epoch, sum.Behind == 0, sum.Previous));
    }

    /// <inheritdoc/>
    public Task<ShardedCounterShards> Resize(int shards)
    {
        CheckName();
        Argument.Within(shards, "shards", 1, MaxShards);
        State state = Current with { Shards = shards };
        Storage.Put(StateKey, state);
        // New ones are told what the counter's staleness is.
        Tell(state, Meet(state));
        return Task.FromResult(KeysOf(state));
    }

    /// <inheritdoc/>
    public Task Configure(decimal stalenessSeconds)
    {
        CheckName();
        State state = Current with
        {
            Staleness = Argument.Milliseconds(stalenessSeconds, "stalenessSeconds", MinStalenessSeconds, MaxStalenessSeconds),
        };
        Storage.Put(StateKey, state);
        Meet(state);
        Tell(state, All());
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<long> Flush()
    {
        CheckName();
        State state = Current;
        Meet(state);
        if (state.Round == state.CompleteRound)
        {
            state = Ask(state with { WantedRound = state.Round + 1 }, state.Round + 1);
        }
        else
        {
            // Shards may have reported for the running round before an add that this call must see.
            state = state with { WantedRound = state.Round + 1 };
            if (Context.Now.ToUnixTimeMilliseconds() - state.AskedAt >= (long)RoundPatience.TotalMilliseconds)
            {
                // A shard that was purged while the round ran has taken its report along.
                state = state with { AskedAt = Context.Now.ToUnixTimeMilliseconds() };
                Tell(state, All());
            }
        }
        Storage.Put(StateKey, state);
        return Task.FromResult(state.WantedRound);
    }

    /// <inheritdoc/>
    public Task<long> Reset()
    {
        CheckName();
        State state = Current;
        if (Storage.Sql.Exec("SELECT count(*) FROM shard WHERE epoch < ?", state.Epoch).One().Get<int>(0) is > 0 and int behind)
        {
            throw new DurableObjectException(
                409, EpochIncomplete, $"{behind} shards have not heard of epoch {state.Epoch} yet.")
            { Retryable = true };
        }
        // Those that are new hear of the running epoch first, so that what they have counted counts in it.
        Tell(state, Meet(state));
        state = state with { Epoch = state.Epoch + 1 };
        Storage.Put(StateKey, state);
        Tell(state, All());
        return Task.FromResult(state.Epoch);
    }

    /// <inheritdoc/>
    public Task Report(ShardReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        CheckName();
        Argument.Within(report.Shard, "report.shard", 0, MaxShards - 1);
        Senders.Require(Context, "counter-shard", KeyOf(report.Shard));
        State state = Current;
        // One that was not told yet counts in the epoch that it will hear of first: that of when the counter first knew of it.
        long epoch = report.Epoch > 0 ? report.Epoch : Storage.Sql.Exec("SELECT epoch FROM shard WHERE number = ?", report.Shard)
            .FirstOrDefault()?.Get<long>(0) ?? state.Epoch;
        Storage.Sql.Exec(
            """
            INSERT INTO shard(number, at, epoch, count, previous, round) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT(number) DO UPDATE SET at = excluded.at, epoch = excluded.epoch, count = excluded.count,
                previous = excluded.previous, round = max(round, excluded.round) WHERE excluded.at > at OR ?7
            """, report.Shard, report.At, epoch, report.Count, report.Previous, report.Round, report.Returned);
        if (report.Epoch > state.Epoch || report.Round > state.Round)
        {
            CatchUp(state, report);
            return Task.CompletedTask;
        }
        if (report.Epoch < state.Epoch)
        {
            Tell(state, [report.Shard]);
        }
        EndRound(state);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnReturned(ReturnInfo info)
    {
        // What the shards have counted since is theirs, and did not return.
        State state = Current;
        BeginRound(state, state.Round + 1);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// A shard knows more than its counter, which has gone back or was ended: goes over to the shard's epoch, and asks all, in a round
    /// that is later than any before.
    /// </summary>
    private void CatchUp(State state, ShardReport report)
    {
        state = state with { Epoch = Math.Max(state.Epoch, report.Epoch) };
        Meet(state);
        BeginRound(state, Math.Max(state.Round, report.Round) + 1);
    }

    private void BeginRound(State state, long round) => Storage.Put(StateKey, Ask(state with { WantedRound = round }, round));

    private State Ask(State state, long round)
    {
        state = state with { Round = round, AskedAt = Context.Now.ToUnixTimeMilliseconds() };
        Tell(state, All());
        return state;
    }

    private void EndRound(State state)
    {
        if (state.Round == state.CompleteRound
            || Storage.Sql.Exec("SELECT 1 FROM shard WHERE round < ? LIMIT 1", state.Round).FirstOrDefault() is not null)
        {
            return;
        }
        state = state with { CompleteRound = state.Round };
        if (state.WantedRound > state.Round)
        {
            state = Ask(state, state.WantedRound);
        }
        Storage.Put(StateKey, state);
    }

    /// <summary>Notes the shards that callers are sent to, and gives those that are new.</summary>
    private int[] Meet(State state)
    {
        int[] fresh = [.. Enumerable.Range(0, state.Shards).Except(All())];
        foreach (int number in fresh)
        {
            Storage.Sql.Exec("INSERT INTO shard(number, epoch, round) VALUES (?, ?, ?)", number, state.Epoch, state.Round);
        }
        return fresh;
    }

    private int[] All() =>
        [.. Storage.Sql.Exec("SELECT number FROM shard ORDER BY number").Select(row => row.Get<int>(0))];

    private void Tell(State state, IReadOnlyList<int> shards)
    {
        ShardOrder order = new(state.Epoch, state.Staleness, state.Round);
        foreach (int number in shards)
        {
            Context.Objects.Signal<ICounterShard>(KeyOf(number), shard => shard.Obey(order));
        }
    }

    private ShardedCounterShards KeysOf(State state)
    {
        CheckName();
        return new ShardedCounterShards("counter-shard", [.. Enumerable.Range(0, state.Shards).Select(KeyOf)]);
    }

    private string KeyOf(int number) => $"{Context.Name}:{number}";

    private void CheckName()
    {
        // Shards are named after their counter, and find it by that.
        int room = Limits.NameBytes - $":{MaxShards}".Length;
        if (Context.Name is not { } name || System.Text.Encoding.UTF8.GetByteCount(name) > room)
        {
            throw Argument.Invalid($"A sharded counter is addressed by a name, of at most {room} bytes.");
        }
    }

    private sealed record SumRow(long Total, long Previous, long Behind, long? At);

    private sealed record State(
        int Shards, long Staleness, long Epoch, long Round, long CompleteRound, long WantedRound, long AskedAt = 0)
    {
        public static State Fresh { get; } = new(DefaultShards, DefaultStalenessMilliseconds, 1, 0, 0, 0);
    }
}
