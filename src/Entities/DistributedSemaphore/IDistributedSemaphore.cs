namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>semaphore</c>. An owner has 1 to <see cref="LeaseLimits.OwnerCharacters"/> characters and stands
/// for one lease, of one or several permits: who wants two leases takes two names. Seconds have at most three decimals. What is
/// outside its limits is refused (400 <c>invalid-argument</c>).
/// </summary>
public interface IDistributedSemaphore
{
    /// <summary>
    /// Takes permits if, with them, no more than <paramref name="limit"/> are held and nobody waits; otherwise, with
    /// <paramref name="waitSeconds"/>, takes a place at the end of the queue. Asking again is how to learn where one stands: a holder
    /// gets its lease as it stands, with the same token and end; who waits keeps its place, which is then kept for
    /// <paramref name="waitSeconds"/> from now if that is longer than before, and waits for what was asked last.
    /// </summary>
    /// <param name="owner">Who asks.</param>
    /// <param name="limit">
    /// How many permits may be held in all, this request's among them: 1 to <see cref="DistributedSemaphore.MaxLimit"/>.
    /// </param>
    /// <param name="ttlSeconds">
    /// How long the lease is to be, from its grant: <see cref="LeaseLimits.MinTtlSeconds"/> to <see cref="LeaseLimits.MaxTtlSeconds"/>.
    /// </param>
    /// <param name="permits">How many to take, all or none: 1 to <paramref name="limit"/>.</param>
    /// <param name="waitSeconds">How long to wait: 0, which is not at all, to <see cref="LeaseLimits.MaxWaitSeconds"/>.</param>
    /// <exception cref="DurableObjectException">
    /// The queue is full (409 <c>too-many-waiters</c>), or the owner holds a lease of another number of permits
    /// (409 <c>permits-differ</c>).
    /// </exception>
    Task<LeaseResult> Acquire(string owner, int limit, decimal ttlSeconds, int permits = 1, decimal waitSeconds = 0);

    /// <summary>Has the lease end <paramref name="ttlSeconds"/> from now, be that later or earlier than before.</summary>
    /// <param name="owner">The holder.</param>
    /// <param name="fencingToken">Its token.</param>
    /// <param name="ttlSeconds">As of <see cref="Acquire"/>.</param>
    /// <exception cref="DurableObjectException">
    /// The lease is over, or there never was one (409 <c>lease-lost</c>): whoever asks must stop what it does with the permits.
    /// </exception>
    Task<SemaphoreLease> Renew(string owner, long fencingToken, decimal ttlSeconds);

    /// <summary>Gives all permits of the lease back.</summary>
    /// <returns>False if the lease was over already, or there never was one; nothing changed then.</returns>
    Task<bool> Release(string owner, long fencingToken);

    /// <summary>Leaves the queue.</summary>
    /// <returns>
    /// False if the owner has no place. It may have been granted its permits meanwhile: <see cref="Acquire"/> tells,
    /// <see cref="Release"/> gives them back.
    /// </returns>
    Task<bool> Cancel(string owner);

    /// <summary>Who holds permits, and who waits for them. Read-only.</summary>
    Task<SemaphoreState> State();
}
