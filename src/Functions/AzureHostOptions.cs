namespace DurableObjects.Functions;

/// <summary>What may be set of the host; the section <c>DurableObjects</c> of the configuration.</summary>
public sealed record AzureHostOptions
{
    /// <summary>The section.</summary>
    public const string Section = "DurableObjects";

    /// <summary>
    /// How long a caller waits for an answer before 504. 30 s: a turn's own deadline; Azure's load balancer gives up after 230 s.
    /// </summary>
    public TimeSpan CallDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a turn may run before it is abandoned.</summary>
    public TimeSpan TurnDeadline { get; init; } = Limits.TurnDeadline;

    /// <summary>
    /// Bytes that an object's database may have. 128 MiB: it is rebuilt from Blob Storage wherever the object wakes, which must stay
    /// within a turn's patience.
    /// </summary>
    public long MaxDatabaseBytes { get; init; } = 128L * 1_024 * 1_024;

    /// <summary>Bytes, in whole pages, that one turn may change. 32 MiB: they are uploaded before the turn is committed.</summary>
    public long MaxTurnBytes { get; init; } = 32L * 1_024 * 1_024;

    /// <summary>Objects that a worker keeps awake between their operations. 500: each holds a database open, some 200 KiB.</summary>
    public int MaxAwake { get; init; } = 500;

    /// <summary>
    /// Bytes of databases that a worker keeps on its disk, for turns and for reads each. 256 MiB: a Flex Consumption instance has 800 MiB of
    /// disk for everything.
    /// </summary>
    public long MaxCacheBytes { get; init; } = 256L * 1_024 * 1_024;

    /// <summary>Bytes of requests that a worker may hold at once; what is more is refused with 503. 128 MiB.</summary>
    public long MaxRequestBytes { get; init; } = 128L * 1_024 * 1_024;

    /// <summary>How far back objects can be returned.</summary>
    public TimeSpan Retention { get; init; } = Limits.Retention;
}
