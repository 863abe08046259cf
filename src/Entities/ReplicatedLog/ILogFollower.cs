namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>log-follower</c>: a copy of a replicated log, named like the log with a colon and the follower's
/// number. What the leader calls is refused to everybody else (403 <c>forbidden</c>).
/// </summary>
public interface ILogFollower
{
    /// <summary>
    /// Entries that this follower knows to be committed. What it shows is never wrong and never taken back, but may lag behind the
    /// leader, by as much as the follower does. Read-only.
    /// </summary>
    /// <param name="from">The first index: 1 or more.</param>
    /// <param name="limit">How many at most: 1 to <see cref="LogLimits.PageEntries"/>.</param>
    /// <exception cref="DurableObjectException">
    /// An argument is outside its limits (400), or the entries were compacted (410 <c>log-compacted</c>).
    /// </exception>
    Task<LogPage> Read(long from = 1, int limit = LogLimits.PageEntries);

    /// <summary>How the follower stands. Read-only.</summary>
    Task<LogFollowerStatus> Status();

    /// <summary>What stands for the entries that were compacted. Read-only.</summary>
    Task<LogSnapshot> Snapshot();

    /// <summary>
    /// A drill for administrators: has the follower drop whatever the leader sends, as if it could not be reached, until it is told
    /// otherwise. It then speaks up, and the leader brings it up to date.
    /// </summary>
    /// <exception cref="DurableObjectException">The caller is no administrator (403 <c>forbidden</c>).</exception>
    Task Isolate(bool isolated);

    /// <summary>The leader's: takes a batch, and answers with <see cref="IReplicatedLog.Acknowledge"/>.</summary>
    Task Replicate(LogBatch batch);

    /// <summary>The leader's: promises a new epoch to one recovery, and answers with <see cref="IReplicatedLog.Report"/>.</summary>
    Task Inspect(long epoch, string recovery);

    /// <summary>The leader's: sends back what it has after an index, with <see cref="IReplicatedLog.GiveBack"/>.</summary>
    Task SendBack(long epoch, long after, long upTo);

    /// <summary>
    /// The leader's: the follower is one no more. It drops its log and remembers only how it was dismissed; if the log ends, nothing.
    /// </summary>
    Task Dismiss(LogDismissal? dismissal = null);
}
