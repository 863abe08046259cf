namespace DurableObjects.Turns;

/// <summary>What a host may set of the runtime.</summary>
public sealed record ObjectRuntimeOptions
{
    /// <summary>How long a turn may run before it is abandoned. <see cref="Limits.TurnDeadline"/> by default.</summary>
    public TimeSpan TurnDeadline { get; init; } = Limits.TurnDeadline;

    /// <summary>Bytes that an object's database may have. <see cref="Limits.DatabaseBytes"/> by default.</summary>
    public long MaxDatabaseBytes { get; init; } = Limits.DatabaseBytes;

    /// <summary>
    /// Bytes of SQLite's write-ahead log after which it is moved into the database file. 1 MiB by default: long enough that a hot
    /// page is moved once for hundreds of commits, short enough that a reader finds its pages fast.
    /// </summary>
    public long CheckpointBytes { get; init; } = 1_024 * 1_024;
}
