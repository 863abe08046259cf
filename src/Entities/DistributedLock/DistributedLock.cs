namespace DurableObjects.Entities;

/// <summary>
/// A lock that one owner at a time holds, for a time that it has named and may renew, with a fencing token that grows with every
/// grant for ever. Others wait in a fair queue and hear over a socket, or by asking again, when it is their turn.
/// </summary>
/// <remarks>
/// It never ends itself, since it must remember its last token. The C# name is not that of <c>System.Threading.Lock</c>, which every
/// file has in scope.
/// </remarks>
[DurableObject("lock")]
public sealed class DistributedLock(ObjectContext context) : DurableObject(context), IDistributedLock
{
    private readonly LeaseQueue _queue = new(context, new LeaseListeners(context, lease => lease.ToLease()));

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations => [LeaseQueue.Schema];

    /// <inheritdoc/>
    public Task<LeaseResult> Acquire(string owner, decimal ttlSeconds, decimal waitSeconds = 0) =>
        Task.FromResult(_queue.ResultOf(_queue.Acquire(LeaseWish.Of(owner, "owner", ttlSeconds, waitSeconds))));

    /// <inheritdoc/>
    public Task<Lease> Renew(string owner, long fencingToken, decimal ttlSeconds)
    {
        Argument.Text(owner, "owner", LeaseLimits.OwnerCharacters);
        LeaseRow lease = _queue.Renew(owner, fencingToken, LeaseWish.TtlOf(ttlSeconds))
            ?? throw LeaseLimits.Lost(owner, fencingToken);
        return Task.FromResult(lease.ToLease());
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
    public Task<LockState> State()
    {
        long now = _queue.Now;
        return Task.FromResult(new LockState(
            _queue.Leases(now).SingleOrDefault()?.ToLease(), [.. _queue.Places(now).Select(place => place.ToWaiter())]));
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
