using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>The methods of the object class <c>replicated-log</c>: the leader of a log and its followers.</summary>
public interface IReplicatedLog
{
    /// <summary>
    /// Appends an entry and sends it to the followers. It is committed when a majority of them has it, which this does not wait for:
    /// append it again with the same id to learn how it stands, ask with <see cref="Entry"/>, or listen on a socket.
    /// </summary>
    /// <param name="data">
    /// Any JSON, of at most <see cref="LogLimits.DataBytes"/>, nested at most <see cref="JsonLimits.Depth"/> levels.
    /// </param>
    /// <param name="id">
    /// What the author calls it: 1 to <see cref="LogLimits.IdCharacters"/> characters. While an entry of this id is kept it is not
    /// appended again, so a repetition is harmless. Left out, it is a new one.
    /// </param>
    /// <returns>Where the entry stands, and whether it is committed.</returns>
    /// <exception cref="DurableObjectException">
    /// An argument is outside its limits (400); the id has other data (409 <c>entry-id-reused</c>); the log is full (409
    /// <c>log-full</c>); no majority has answered for too long, or the leader is recovering (503 <c>log-unavailable</c>, retryable);
    /// <see cref="LogLimits.MaxPending"/> entries wait already (503 <c>too-many-pending</c>, retryable).
    /// </exception>
    Task<LogAppended> Append(JsonElement data, string? id = null);

    /// <summary>One entry. Read-only.</summary>
    /// <exception cref="DurableObjectException">
    /// There is none at that index (404 <c>unknown-entry</c>), or it was compacted (410 <c>log-compacted</c>).
    /// </exception>
    Task<LogEntry> Entry(long index);

    /// <summary>A page of entries. Read-only.</summary>
    /// <param name="from">The first index: 1 or more.</param>
    /// <param name="limit">How many at most: 1 to <see cref="LogLimits.PageEntries"/>. Long entries make shorter pages.</param>
    /// <param name="consistency">Only what is committed, or also what is pending.</param>
    /// <exception cref="DurableObjectException">
    /// An argument is outside its limits (400), the entries were compacted (410 <c>log-compacted</c>), or what is committed is not known
    /// while the leader is recovering (503 <c>log-unavailable</c>, retryable).
    /// </exception>
    Task<LogPage> Read(
        long from = 1, int limit = LogLimits.PageEntries, LogConsistency consistency = LogConsistency.Committed);

    /// <summary>How the log and its followers stand. Read-only.</summary>
    Task<LogStatus> Status();

    /// <summary>What stands for the entries that were compacted. Read-only.</summary>
    Task<LogSnapshot> Snapshot();

    /// <summary>
    /// Drops the entries up to an index, here and on the followers, and keeps a value in their place: the state that they lead to.
    /// </summary>
    /// <param name="upTo">The last entry to drop, which must be committed.</param>
    /// <param name="snapshot">
    /// Any JSON, of at most <see cref="LogLimits.SnapshotBytes"/>, nested as an entry's data may be; none if nobody will need it.
    /// </param>
    /// <exception cref="DurableObjectException">
    /// An argument is outside its limits (400), the entry is not committed (409 <c>not-committed</c>), or the leader is recovering (503
    /// <c>log-unavailable</c>, retryable).
    /// </exception>
    Task<LogSnapshot> Compact(long upTo, JsonElement? snapshot = null);

    /// <summary>
    /// Changes the number of followers, or how long a majority may take. The number is changed by an entry of the log, which is
    /// committed by a majority of the old followers and one of the new; until then no other change is taken.
    /// </summary>
    /// <param name="replicas">1 to <see cref="LogLimits.MaxReplicas"/>; best odd: an even number tolerates no more than one less.</param>
    /// <param name="unavailableAfterSeconds">
    /// How long an entry may wait for a majority until the log is unavailable: 0.001 to
    /// <see cref="LogLimits.MaxUnavailableAfterSeconds"/>, with three decimals at most.
    /// </param>
    /// <returns>How the log stands.</returns>
    /// <exception cref="DurableObjectException">
    /// An argument is outside its limits (400), a change is pending (409 <c>change-pending</c>), or a change of the number cannot be
    /// appended (as for <see cref="Append"/>).
    /// </exception>
    Task<LogStatus> Configure(int? replicas = null, decimal? unavailableAfterSeconds = null);

    /// <summary>
    /// Has the leader ask its followers whether it has lost entries, and get them back. It does so by itself as soon as a follower's
    /// answer shows it; call it after the leader was returned to its past, or deleted, to have it done before anything else.
    /// </summary>
    Task Recover();

    /// <summary>Ends the log: the leader and every follower that can be reached.</summary>
    /// <exception cref="DurableObjectException">The caller is no administrator (403 <c>forbidden</c>).</exception>
    Task Destroy();

    /// <summary>A follower's: its answer to a batch. Refused to everybody else (403 <c>forbidden</c>).</summary>
    Task Acknowledge(LogReply reply);

    /// <summary>A follower's: what it has. Refused to everybody else (403 <c>forbidden</c>).</summary>
    Task Report(LogReport report);

    /// <summary>A follower's: what the leader has lost. Refused to everybody else (403 <c>forbidden</c>).</summary>
    Task GiveBack(int replica, LogBatch batch);
}
