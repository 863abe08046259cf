namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>leader-election</c>. A candidate has 1 to <see cref="LeaseLimits.OwnerCharacters"/> characters
/// and stands for one process. Seconds have at most three decimals. What is outside its limits is refused (400
/// <c>invalid-argument</c>).
/// </summary>
public interface ILeaderElection
{
    /// <summary>
    /// Stands for election: leads at once if nobody does, and follows in the queue otherwise. A follower campaigns again and again to
    /// stay in the queue; that keeps its place and has its candidacy last <paramref name="ttlSeconds"/> from now, if that is longer than
    /// before. A leader is told its term as it stands; what prolongs that is <see cref="Renew"/>.
    /// </summary>
    /// <param name="candidate">Who would lead.</param>
    /// <param name="ttlSeconds">
    /// How long its candidacy lasts, and, from its election, its leadership: <see cref="LeaseLimits.MinTtlSeconds"/> to
    /// <see cref="LeaseLimits.MaxTtlSeconds"/>.
    /// </param>
    /// <exception cref="DurableObjectException">There are too many candidates (409 <c>too-many-candidates</c>).</exception>
    Task<CampaignResult> Campaign(string candidate, decimal ttlSeconds);

    /// <summary>Has the term end <paramref name="ttlSeconds"/> from now, be that later or earlier than before.</summary>
    /// <exception cref="DurableObjectException">
    /// The candidate does not lead in that term (409 <c>not-leader</c>): it must stop what only a leader does.
    /// </exception>
    Task<CampaignResult> Renew(string candidate, long term, decimal ttlSeconds);

    /// <summary>Ends the term; the next candidate is elected. Who resigned is no candidate until it campaigns again.</summary>
    /// <returns>False if the candidate did not lead in that term; nothing changed then.</returns>
    Task<bool> Resign(string candidate, long term);

    /// <summary>
    /// Ends the term in favour of a candidate, wherever it stands in the queue. The former leader is no candidate any more.
    /// </summary>
    /// <returns>The new leadership.</returns>
    /// <exception cref="DurableObjectException">
    /// The candidate does not lead in that term (409 <c>not-leader</c>), or <paramref name="to"/> is not in the queue
    /// (409 <c>not-a-candidate</c>); nothing changed then.
    /// </exception>
    Task<Leadership> HandOver(string candidate, long term, string to);

    /// <summary>Leaves the queue.</summary>
    /// <returns>
    /// False if the candidate is not in it. It may have been elected meanwhile: <see cref="Campaign"/> tells, <see cref="Resign"/> ends it.
    /// </returns>
    Task<bool> Withdraw(string candidate);

    /// <summary>
    /// For administrators: ends the term of whoever leads, and the next candidate is elected. The former leader learns of it as a watcher,
    /// or when it renews; it is no candidate until it campaigns again.
    /// </summary>
    /// <returns>Who leads now, perhaps nobody.</returns>
    /// <exception cref="DurableObjectException">The caller is no administrator (403 <c>forbidden</c>).</exception>
    Task<Leadership> StepDown();

    /// <summary>Who leads, and who follows. Read-only.</summary>
    Task<ElectionState> State();
}
