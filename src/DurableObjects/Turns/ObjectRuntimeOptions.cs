namespace DurableObjects.Turns;

/// <summary>What a host may set of the runtime.</summary>
public sealed record ObjectRuntimeOptions
{
    /// <summary>How long a turn may run before it is abandoned. <see cref="Limits.TurnDeadline"/> by default.</summary>
    public TimeSpan TurnDeadline { get; init; } = Limits.TurnDeadline;

    /// <summary>Bytes that an object's database may have. <see cref="Limits.DatabaseBytes"/> by default.</summary>
    public long MaxDatabaseBytes { get; init; } = Limits.DatabaseBytes;

    /// <summary>Bytes, in whole pages, that one turn may change. <see cref="Limits.TurnBytes"/> by default.</summary>
    public long MaxTurnBytes { get; init; } = Limits.TurnBytes;

    /// <summary>
    /// Bytes of SQLite's write-ahead log after which it is moved into the database file. 1 MiB by default: long enough that a hot
    /// page is moved once for hundreds of commits, short enough that a reader finds its pages fast.
    /// </summary>
    public long CheckpointBytes { get; init; } = 1_024 * 1_024;

    /// <summary>
    /// Bytes of commits since the last whole one after which a commit is made whole: it holds every page, so that a rebuild reads no
    /// further back. 256 KiB by default, and at least four times the size of the database, so that a history is at most a quarter
    /// larger than it would be without.
    /// </summary>
    public long HistoryBytes { get; init; } = 256 * 1_024;

    /// <summary>
    /// Bytes of the largest database whose commits are made whole. 16 MiB by default: a larger one would hold up the object's turns
    /// for more than some tens of milliseconds.
    /// </summary>
    public long MaxWholeBytes { get; init; } = 16 * 1_024 * 1_024;
}
