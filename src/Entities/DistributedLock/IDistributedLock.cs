namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>lock</c>. An owner has 1 to <see cref="LeaseLimits.OwnerCharacters"/> characters and stands for
/// one thread of control: two that call themselves the same hold the lock together. Seconds have at most three decimals. What is
/// outside its limits is refused (400 <c>invalid-argument</c>).
/// </summary>
public interface IDistributedLock
{
    /// <summary>
    /// Takes the lock if it is free and nobody waits for it; otherwise, with <paramref name="waitSeconds"/>, takes a place at the end of
    /// the queue. Asking again is how to learn where one stands: the holder gets its lease as it stands, with the same token and end;
    /// who waits keeps its place, which is then kept for <paramref name="waitSeconds"/> from now if that is longer than before, and gets
    /// the newly asked <paramref name="ttlSeconds"/> when its turn comes.
    /// </summary>
    /// <param name="owner">Who asks.</param>
    /// <param name="ttlSeconds">
    /// How long the lease is to be, from its grant: <see cref="LeaseLimits.MinTtlSeconds"/> to <see cref="LeaseLimits.MaxTtlSeconds"/>.
    /// </param>
    /// <param name="waitSeconds">How long to wait: 0, which is not at all, to <see cref="LeaseLimits.MaxWaitSeconds"/>.</param>
    /// <exception cref="DurableObjectException">The queue is full (409 <c>too-many-waiters</c>).</exception>
    Task<LeaseResult> Acquire(string owner, decimal ttlSeconds, decimal waitSeconds = 0);

    /// <summary>Has the lease end <paramref name="ttlSeconds"/> from now, be that later or earlier than before.</summary>
    /// <param name="owner">The holder.</param>
    /// <param name="fencingToken">Its token.</param>
    /// <param name="ttlSeconds">As of <see cref="Acquire"/>.</param>
    /// <exception cref="DurableObjectException">
    /// The lease is over, or there never was one (409 <c>lease-lost</c>): whoever asks must stop what it does under the lock.
    /// </exception>
    Task<Lease> Renew(string owner, long fencingToken, decimal ttlSeconds);

    /// <summary>Frees the lock for the next in the queue.</summary>
    /// <returns>False if the lease was over already, or there never was one; nothing changed then.</returns>
    Task<bool> Release(string owner, long fencingToken);

    /// <summary>Leaves the queue.</summary>
    /// <returns>
    /// False if the owner has no place. It may have been granted the lock meanwhile: <see cref="Acquire"/> tells, <see cref="Release"/>
    /// gives it back.
    /// </returns>
    Task<bool> Cancel(string owner);

    /// <summary>Who holds the lock, and who waits for it. Read-only.</summary>
    Task<LockState> State();
}
