namespace DurableObjects.Turns;

/// <summary>
/// What a host knows of an object without opening its database: the "state in" of the runtime's step, beside the database
/// itself, and part of every commit.
/// </summary>
/// <param name="Head">The position that the database must be at.</param>
/// <param name="Version">The commit that last changed user data: the ETag. 0 when the object does not exist.</param>
/// <param name="Exists">Whether the object exists: it has committed, and has not been ended since.</param>
public sealed record ObjectSummary(Head Head, long Version, bool Exists)
{
    /// <summary>An object that never was.</summary>
    public static ObjectSummary None { get; } = new(Head.None, 0, false);

    /// <summary>When the newest commit was made, by the model's clock; never before the one before it. The smallest time if there is none.</summary>
    public DateTimeOffset CommittedAt { get; init; }

    /// <summary>
    /// Stands for the object's first commit: its id, time and content. It is in every bookmark, and tells a history from those of
    /// other objects and of an earlier one of the same id.
    /// </summary>
    public ulong History { get; init; }

    /// <summary>
    /// The commit that the object returns to before its next turn, or null. A host that sees it closes the object and gives its
    /// database to <see cref="ObjectRuntime.RestoreAsync"/>.
    /// </summary>
    public long? RestoreTo { get; init; }

    /// <summary>Bytes of the commits from the newest whole one to the head: what a rebuild has to read.</summary>
    public long HistoryBytes { get; init; }

    /// <summary>When the alarm is set to fire (a retry's time, if it failed), or null.</summary>
    public DateTimeOffset? Alarm { get; init; }

    /// <summary>When the host should give the object a <see cref="ClockTurn"/>: the alarm, a signal to be retried, or a return to be told of.</summary>
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>Signals in the outbox: after a restart they come out by a <see cref="DrainTurn"/>.</summary>
    public int Outbox { get; init; }

    /// <summary>Signals in the inbox that were given up on and wait for an administrator.</summary>
    public int Parked { get; init; }

    /// <summary>Sockets that the object knows.</summary>
    public int Sockets { get; init; }

    /// <summary>The answer that the host gives by itself to one text on the object's sockets, or null.</summary>
    public AutoResponse? AutoResponse { get; init; }

    /// <summary>What a listing may be filtered by without waking the object: set by the runtime's own classes, null for all others.</summary>
    public string? Label { get; init; }
}
