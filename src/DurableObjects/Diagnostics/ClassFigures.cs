namespace DurableObjects.Diagnostics;

/// <summary>The figures of one object class, on one process, since it started. What each means is in <c>docs/metrics.md</c>.</summary>
/// <param name="Class">The class.</param>
public sealed record ClassFigures(string Class)
{
    /// <summary>Objects in memory now.</summary>
    public long LiveObjects { get; init; }

    /// <summary>Sockets that are open now.</summary>
    public long Sockets { get; init; }

    /// <summary>Turns that have ended, reads included.</summary>
    public long Turns { get; init; }

    /// <summary>The same by their <see cref="TurnKind"/>, in lower case.</summary>
    public IReadOnlyDictionary<string, long> TurnsByKind { get; init; } = new Dictionary<string, long>();

    /// <summary>Turns that failed, and those that were refused or lost with their commit.</summary>
    public long Errors { get; init; }

    /// <summary>The same by the codes of <see cref="DurableObjectException.Code"/>.</summary>
    public IReadOnlyDictionary<string, long> ErrorsByCode { get; init; } = new Dictionary<string, long>();

    /// <summary>From the beginning of a turn to its commit in SQLite, not yet durable.</summary>
    public DurationFigures TurnSeconds { get; init; } = DurationFigures.None;

    /// <summary>What turns waited in their object's mailbox.</summary>
    public DurationFigures MailboxSeconds { get; init; } = DurationFigures.None;

    /// <summary>From a commit's way to the host's store until it was durable there.</summary>
    public DurationFigures CommitSeconds { get; init; } = DurationFigures.None;

    /// <summary>Commits.</summary>
    public long Commits { get; init; }

    /// <summary>Frames of SQLite's log that they held, the newest of each page.</summary>
    public long Frames { get; init; }

    /// <summary>Bytes that those are in a commit's encoding, whole commits with every page of theirs.</summary>
    public long Bytes { get; init; }

    /// <summary>Flushes of the disk that made them durable. One may serve many commits, and several classes.</summary>
    public long Fsyncs { get; init; }

    /// <summary>Instances that were constructed for turns.</summary>
    public long Wakes { get; init; }

    /// <summary>
    /// What an object took to wake from outside of memory: its database brought to its head and opened, constructor, OnWake.
    /// </summary>
    public DurationFigures ColdStartSeconds { get; init; } = DurationFigures.None;

    /// <summary>How late alarms rang.</summary>
    public DurationFigures AlarmLateSeconds { get; init; } = DurationFigures.None;
}
