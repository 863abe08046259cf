namespace DurableObjects.Entities;

/// <summary>
/// Permits of which no more than a limit are held at once, each lease for a time that its owner has named and may renew, with a
/// fencing token that grows with every grant for ever. Others wait in a fair queue and hear over a socket, or by asking again, when
/// it is their turn.
/// </summary>
/// <remarks>
/// The limit comes with each request, as that of a rate limiter does: so there is nothing to set up, and it changes by deploying the
/// callers. Each request is granted by its own. It never ends itself, since it must remember its last token. The C# name is not that
/// of <c>System.Threading.Semaphore</c>, which every file has in scope.
/// </remarks>
[DurableObject("semaphore")]
public sealed class DistributedSemaphore(ObjectContext context) : DurableObject(context), IDistributedSemaphore
{
    /// <summary>The largest limit. Each lease has a permit at least, so it bounds the leases too.</summary>
    public const int MaxLimit = 1_000;

    /// <summary>The error code of a holder that asks for another number of permits.</summary>
    public const string PermitsDiffer = "permits-differ";

    private readonly LeaseQueue _queue = new(context, new LeaseListeners(context, SemaphoreLease.Of));

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations => [LeaseQueue.Schema];

    /// <inheritdoc/>
    public Task<LeaseResult> Acquire(string owner, int limit, decimal ttlSeconds, int permits = 1, decimal waitSeconds = 0)
    {
        Argument.Within(limit, "limit", 1, MaxLimit);
        Argument.Within(permits, "permits", 1, limit);
        LeaseOutcome outcome = _queue.Acquire(LeaseWish.Of(owner, "owner", ttlSeconds, waitSeconds, permits, limit));
        return outcome.Lease is { } lease && lease.Permits != permits
            ? throw new DurableObjectException(
                409, PermitsDiffer, $"'{owner}' holds {lease.Permits} permits and asks for {permits}; it must release those first.")
            : Task.FromResult(_queue.ResultOf(outcome));
    }

    /// <inheritdoc/>
    public Task<SemaphoreLease> Renew(string owner, long fencingToken, decimal ttlSeconds)
    {
        Argument.Text(owner, "owner", LeaseLimits.OwnerCharacters);
        LeaseRow lease = _queue.Renew(owner, fencingToken, LeaseWish.TtlOf(ttlSeconds))
            ?? throw LeaseLimits.Lost(owner, fencingToken);
        return Task.FromResult(SemaphoreLease.Of(lease));
    }

    /// <inheritdoc/>
    public Task<bool> Release(string owner, long fencingToken)
    {
        Argument.Text(owner, "owner", LeaseLimits.OwnerCharacters);
        return Task.FromResult(_queue.Release(owner, fencingToken));
    }

    /// <inheritdoc/>
    public Task<bool> Cancel(string owner)
    {
        Argument.Text(owner, "owner", LeaseLimits.OwnerCharacters);
        return Task.FromResult(_queue.Cancel(owner));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<SemaphoreState> State()
    {
        long now = _queue.Now;
        IReadOnlyList<LeaseRow> leases = _queue.Leases(now);
        return Task.FromResult(new SemaphoreState(
            leases.Sum(lease => lease.Permits), [.. leases.Select(SemaphoreLease.Of)],
            [.. _queue.Places(now).Select(place => new SemaphoreWaiter(place.Owner, place.Permits, place.Capacity, place.WaitsUntil))]));
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        _queue.Wake();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        _queue.Listen(socket, opening);
        return ValueTask.CompletedTask;
    }
}
