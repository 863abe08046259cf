namespace DurableObjects.Entities;

/// <summary>
/// Leases on a number of permits, and the fair queue of those who wait for them: what a lock, a semaphore and an election have in
/// common. Each of its methods first settles what time has brought, so that no answer depends on whether the alarm came before it.
/// </summary>
/// <param name="context">The object's.</param>
/// <param name="listeners">Who is told of grants and lapsed places, if anybody.</param>
/// <param name="wakesForLeases">
/// Whether the alarm is set for the end of a lease that nobody waits for. If not, such a lease lies there until it is asked for, which
/// spares every use without contention an alarm.
/// </param>
/// <param name="fullCode">The error code of one place too many.</param>
internal sealed class LeaseQueue(
    ObjectContext context, LeaseListeners? listeners = null, bool wakesForLeases = false,
    string fullCode = LeaseLimits.TooManyWaiters)
{
    /// <summary>The tables, for the object's migrations. An owner has one lease, or one place, or nothing.</summary>
    public const string Schema =
        """
        CREATE TABLE lease(
            owner TEXT PRIMARY KEY, token INTEGER NOT NULL, permits INTEGER NOT NULL, since INTEGER NOT NULL,
            expires INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX lease_by_end ON lease(expires);
        CREATE TABLE waiter(
            number INTEGER PRIMARY KEY, owner TEXT NOT NULL UNIQUE, permits INTEGER NOT NULL, capacity INTEGER NOT NULL,
            ttl INTEGER NOT NULL, ends INTEGER NOT NULL);
        CREATE INDEX waiter_by_end ON waiter(ends);
        """;

    private const string LastTokenKey = "token";

    /// <summary>
    /// Tokens are never below this many times the milliseconds of the clock, so that they go on growing where the object has forgotten the
    /// last one: after it was deleted, or returned to a bookmark. JavaScript's numbers hold them until the year 2255.
    /// </summary>
    private const long TokensPerMillisecond = 1_000;

    private ObjectSql Sql => context.Storage.Sql;

    /// <summary>The time in milliseconds of the epoch. It goes on within a turn, so a turn looks once.</summary>
    public long Now => context.Now.ToUnixTimeMilliseconds();

    private bool HasWaiters => Sql.Exec("SELECT EXISTS (SELECT 1 FROM waiter)").One().Get<bool>(0);

    /// <summary>Gives a lease, or a place in the queue to who would wait. An owner that holds a lease gets it as it stands.</summary>
    public LeaseOutcome Acquire(LeaseWish wish)
    {
        long now = Settle();
        LeaseRow? lease = Find(wish.Owner);
        if (lease is null && FindPlace(wish.Owner) is { } place)
        {
            // Never shortened, so that one may ask where one stands without losing the place.
            Update(place, wish with { Wait = Math.Max(place.Ends - now, wish.Wait) }, now);
            GrantFirst(now);
        }
        else if (lease is null && !HasWaiters && Fits(wish.Permits, wish.Capacity))
        {
            Give(wish.Owner, wish.Permits, wish.Ttl, now);
        }
        else if (lease is null && wish.Wait > 0)
        {
            Enqueue(wish, now);
        }
        SetAlarm();
        return new LeaseOutcome(Find(wish.Owner), FindPlace(wish.Owner));
    }

    /// <summary>Has a lease end so long after now; null if the owner does not hold it with that token.</summary>
    public LeaseRow? Renew(string owner, long token, long ttl)
    {
        long now = Settle();
        LeaseRow? lease = Sql.Exec(
            "UPDATE lease SET expires = ? WHERE owner = ? AND token = ? RETURNING *", now + ttl, owner, token)
            .As<LeaseRow>().FirstOrDefault();
        SetAlarm();
        return lease;
    }

    /// <summary>Ends a lease; false if the owner does not hold it with that token.</summary>
    public bool Release(string owner, long token) => Release(owner, token, Settle());

    /// <summary>The same at the time by which things were settled: a second look might find the lease over and another's begun.</summary>
    public bool Release(string owner, long token, long now)
    {
        bool held = Sql.Exec("DELETE FROM lease WHERE owner = ? AND token = ?", owner, token).RowsWritten > 0;
        GrantFirst(now);
        SetAlarm();
        return held;
    }

    /// <summary>Ends a lease in favour of a place in the queue, wherever it is; the new lease, or null if there is no such place.</summary>
    public LeaseRow? HandOver(LeaseRow lease, string to, long now)
    {
        if (FindPlace(to) is not { } place)
        {
            return null;
        }
        Sql.Exec("DELETE FROM lease WHERE owner = ?", lease.Owner);
        Grant(place, now);
        SetAlarm();
        return Find(to);
    }

    /// <summary>Gives a place up; false if the owner has none.</summary>
    public bool Cancel(string owner)
    {
        // Before anything is granted, so that who gives up is not granted a lease by that very turn.
        WaiterRow? place = FindPlace(owner);
        Sql.Exec("DELETE FROM waiter WHERE owner = ?", owner);
        long now = Settle();
        SetAlarm();
        return place?.Ends > now;
    }

    /// <summary>Takes the socket of an owner who wants to be told.</summary>
    public void Listen(ObjectSocket socket, SocketOpening opening)
    {
        string owner = listeners!.OwnerOf(opening);
        // Settled before it has its tag, so that it does not hear twice of a lease that is granted by this very turn.
        Settle();
        listeners.Take(socket, owner, Find(owner));
        SetAlarm();
    }

    /// <summary>Has the alarm's turn do what is due.</summary>
    public void Wake()
    {
        Settle();
        SetAlarm();
    }

    /// <summary>Ends the leases and places whose time has come, and grants what is free. The time by which it went.</summary>
    public long Settle()
    {
        long now = Now;
        Sql.Exec("DELETE FROM lease WHERE expires <= ?", now);
        foreach (WaiterRow place in Sql.Exec("DELETE FROM waiter WHERE ends <= ? RETURNING *", now).As<WaiterRow>().ToList())
        {
            listeners?.Lapsed(place);
        }
        GrantFirst(now);
        return now;
    }

    /// <summary>The lease of an owner, as of when things were settled last.</summary>
    public LeaseRow? Find(string owner) => Sql.Exec("SELECT * FROM lease WHERE owner = ?", owner).As<LeaseRow>().FirstOrDefault();

    /// <summary>The leases as of when things were settled last, in the order of their tokens.</summary>
    public IReadOnlyList<LeaseRow> Stored() => [.. Sql.Exec("SELECT * FROM lease ORDER BY token").As<LeaseRow>()];

    /// <summary>The leases that hold at a time, in the order of their tokens. Changes nothing.</summary>
    public IReadOnlyList<LeaseRow> Leases(long now) =>
        [.. Sql.Exec("SELECT * FROM lease WHERE expires > ? ORDER BY token", now).As<LeaseRow>()];

    /// <summary>The places that are kept at a time, in their order. Changes nothing.</summary>
    public IReadOnlyList<WaiterRow> Places(long now) =>
        [.. Sql.Exec("SELECT * FROM waiter WHERE ends > ? ORDER BY number", now).As<WaiterRow>()];

    /// <summary>Where a place stands; 1 is next.</summary>
    public int PositionOf(WaiterRow place) => Sql.Exec("SELECT count(*) FROM waiter WHERE number <= ?", place.Number).One().Get<int>(0);

    /// <summary>When the first of the leases ends.</summary>
    public DateTimeOffset? FirstEnd() =>
        MinOf("SELECT min(expires) FROM lease") is { } first ? DateTimeOffset.FromUnixTimeMilliseconds(first) : null;

    /// <summary>An outcome as <c>acquire</c> answers it.</summary>
    public LeaseResult ResultOf(LeaseOutcome outcome) => outcome.Lease is { } lease
        ? new LeaseResult(true, lease.Token, lease.ExpiresAt, null, null, null)
        : new LeaseResult(
            false, null, null, outcome.Place is { } place ? PositionOf(place) : null, outcome.Place?.WaitsUntil, FirstEnd());

    private WaiterRow? FindPlace(string owner) =>
        Sql.Exec("SELECT * FROM waiter WHERE owner = ?", owner).As<WaiterRow>().FirstOrDefault();

    private long? MinOf(string sql) => Sql.Exec(sql).One().Get<long?>(0);

    private bool Fits(int permits, int capacity) =>
        Sql.Exec("SELECT coalesce(sum(permits), 0) FROM lease").One().Get<long>(0) + permits <= capacity;

    /// <summary>
    /// Grants from the head of the queue. Who wants much is not overtaken by those who want less, or it might wait for ever.
    /// </summary>
    private void GrantFirst(long now)
    {
        while (Sql.Exec("SELECT * FROM waiter ORDER BY number LIMIT 1").As<WaiterRow>().FirstOrDefault() is { } first
            && Fits(first.Permits, first.Capacity))
        {
            Grant(first, now);
        }
    }

    private void Grant(WaiterRow place, long now)
    {
        Sql.Exec("DELETE FROM waiter WHERE number = ?", place.Number);
        Give(place.Owner, place.Permits, place.Ttl, now);
    }

    private void Give(string owner, int permits, long ttl, long now)
    {
        long token = Math.Max(context.Storage.Get<long>(LastTokenKey) + 1, now * TokensPerMillisecond);
        context.Storage.Put(LastTokenKey, token);
        LeaseRow lease = new(owner, token, permits, now, now + ttl);
        Sql.Exec(
            "INSERT INTO lease(owner, token, permits, since, expires) VALUES (?, ?, ?, ?, ?)", owner, token, permits, now, now + ttl);
        listeners?.Granted(lease);
    }

    private void Enqueue(LeaseWish wish, long now)
    {
        if (Sql.Exec("SELECT count(*) FROM waiter").One().Get<int>(0) >= LeaseLimits.MaxWaiters)
        {
            throw new DurableObjectException(
                409, fullCode, $"The queue has {LeaseLimits.MaxWaiters:N0} places, which is the limit.")
            { Retryable = true };
        }
        Sql.Exec(
            "INSERT INTO waiter(owner, permits, capacity, ttl, ends) VALUES (?, ?, ?, ?, ?)",
            wish.Owner, wish.Permits, wish.Capacity, wish.Ttl, now + wish.Wait);
    }

    private void Update(WaiterRow place, LeaseWish wish, long now)
    {
        WaiterRow wanted = place with { Permits = wish.Permits, Capacity = wish.Capacity, Ttl = wish.Ttl, Ends = now + wish.Wait };
        if (wanted != place)
        {
            Sql.Exec(
                "UPDATE waiter SET permits = ?, capacity = ?, ttl = ?, ends = ? WHERE number = ?",
                wanted.Permits, wanted.Capacity, wanted.Ttl, wanted.Ends, wanted.Number);
        }
    }

    private void SetAlarm()
    {
        long? nextPlace = MinOf("SELECT min(ends) FROM waiter");
        long? nextLease = nextPlace is not null || wakesForLeases ? MinOf("SELECT min(expires) FROM lease") : null;
        DateTimeOffset? alarm = context.Storage.GetAlarm();
        if (nextPlace is null && nextLease is null)
        {
            if (alarm is not null)
            {
                context.Storage.DeleteAlarm();
            }
            return;
        }
        DateTimeOffset next = DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(nextPlace ?? long.MaxValue, nextLease ?? long.MaxValue));
        if (alarm != next)
        {
            context.Storage.SetAlarm(next);
        }
    }
}
