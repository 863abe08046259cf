namespace DurableObjects.Entities;

/// <summary>
/// Of several candidates one leads, for as long as it renews its term; then the next in the queue. A term is a fencing token, larger
/// than every one before. A leader can hand over to a candidate of its choice, an administrator can have it step down, and whoever
/// connects hears <c>leader</c>: who leads now, and each change.
/// </summary>
/// <remarks>It never ends itself, since it must remember its last term.</remarks>
[DurableObject("leader-election")]
public sealed class LeaderElection(ObjectContext context) : DurableObject(context), ILeaderElection
{
    /// <summary>The error code of one candidate too many.</summary>
    public const string TooManyCandidates = "too-many-candidates";

    /// <summary>The error code of who does not lead, or not in that term.</summary>
    public const string NotLeader = "not-leader";

    /// <summary>The error code of a successor that is not in the queue.</summary>
    public const string NotACandidate = "not-a-candidate";

    private const string WatcherTag = "watcher";

    // A lock whose waiters have to show that they live, and that rings when nobody holds it any more.
    private readonly LeaseQueue _queue = new(context, wakesForLeases: true, fullCode: TooManyCandidates);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations => [LeaseQueue.Schema];

    private LeaseRow? Leader => _queue.Stored().SingleOrDefault();

    /// <inheritdoc/>
    public Task<CampaignResult> Campaign(string candidate, decimal ttlSeconds)
    {
        LeaseWish wish = LeaseWish.Of(candidate, "candidate", ttlSeconds, ttlSeconds);
        return Told(() =>
        {
            LeaseOutcome outcome = _queue.Acquire(wish);
            LeaseRow leader = Leader!;
            return outcome.Place is { } place
                ? new CampaignResult(false, leader.Owner, leader.Token, _queue.PositionOf(place), place.WaitsUntil)
                : ResultOf(leader);
        });
    }

    /// <inheritdoc/>
    public Task<CampaignResult> Renew(string candidate, long term, decimal ttlSeconds)
    {
        Check(candidate, "candidate");
        long ttl = LeaseWish.TtlOf(ttlSeconds);
        return Told(() => ResultOf(_queue.Renew(candidate, term, ttl) ?? throw Refusal(candidate, term)));
    }

    /// <inheritdoc/>
    public Task<bool> Resign(string candidate, long term)
    {
        Check(candidate, "candidate");
        return Told(() => _queue.Release(candidate, term));
    }

    /// <inheritdoc/>
    public Task<Leadership> HandOver(string candidate, long term, string to)
    {
        Check(candidate, "candidate");
        Check(to, "to");
        return Told(() =>
        {
            long now = _queue.Settle();
            LeaseRow leader = _queue.Find(candidate) is { } lease && lease.Token == term ? lease : throw Refusal(candidate, term);
            return Leadership.Of(_queue.HandOver(leader, to, now) ?? throw new DurableObjectException(
                409, NotACandidate, $"'{to}' is not among the candidates that follow."));
        });
    }

    /// <inheritdoc/>
    public Task<bool> Withdraw(string candidate)
    {
        Check(candidate, "candidate");
        return Told(() => _queue.Cancel(candidate));
    }

    /// <inheritdoc/>
    public Task<Leadership> StepDown()
    {
        if (!Context.Caller.IsInRole(Caller.Administrator))
        {
            throw new DurableObjectException(403, ErrorCodes.Forbidden, $"This needs the role '{Caller.Administrator}'.");
        }
        return Told(() =>
        {
            long now = _queue.Settle();
            if (Leader is { } leader)
            {
                _queue.Release(leader.Owner, leader.Token, now);
            }
            return Leadership.Of(Leader);
        });
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<ElectionState> State()
    {
        long now = _queue.Now;
        LeaseRow? leader = _queue.Leases(now).SingleOrDefault();
        return Task.FromResult(new ElectionState(
            leader?.Owner, leader?.Token, leader?.AcquiredAt, leader?.ExpiresAt,
            [.. _queue.Places(now).Select(place => new Candidate(place.Owner, place.WaitsUntil))]));
    }

    /// <inheritdoc/>
    protected override async ValueTask OnAlarm(AlarmInfo alarm) => await Told(Wake);

    /// <inheritdoc/>
    protected override async ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        // Tagged only then, so that it does not hear twice of a change that this very turn makes.
        await Told(Wake);
        socket.SetTags(WatcherTag);
        socket.Send("leader", Leadership.Of(Leader));
    }

    private static void Check(string candidate, string name) => Argument.Text(candidate, name, LeaseLimits.OwnerCharacters);

    private static CampaignResult ResultOf(LeaseRow leader) => new(true, leader.Owner, leader.Token, null, leader.ExpiresAt);

    private static DurableObjectException Refusal(string candidate, long term) =>
        new(409, NotLeader, $"'{candidate}' does not lead in the term {term}.");

    private bool Wake()
    {
        _queue.Wake();
        return true;
    }

    /// <summary>Does something, and tells the watchers if somebody else leads then than they were told before.</summary>
    private Task<T> Told<T>(Func<T> change)
    {
        // A leader whose term is over is stored until somebody notices, so what is stored is what the watchers know.
        long? before = Leader?.Token;
        T result = change();
        if (Leader is var leader && leader?.Token != before)
        {
            Context.Sockets.SendToTag(WatcherTag, "leader", Leadership.Of(leader));
        }
        return Task.FromResult(result);
    }
}
