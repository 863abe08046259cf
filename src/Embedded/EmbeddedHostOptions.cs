namespace DurableObjects.Embedded;

/// <summary>What can be set of the embedded host, under <c>DurableObjects</c> in the configuration.</summary>
public sealed class EmbeddedHostOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "DurableObjects";

    /// <summary>The folder that holds everything; one process at a time owns it. <c>./.data</c> by default.</summary>
    public string Data { get; set; } = ".data";

    /// <summary>
    /// Keys of which every request but health must carry one (<c>x-functions-key</c> header or <c>code</c> query). None by default,
    /// which is allowed on loopback addresses only.
    /// </summary>
    public IList<string> ApiKeys { get; } = [];

    /// <summary>How long an object may be idle before it hibernates. Cloudflare: 10 s.</summary>
    public TimeSpan HibernateAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Objects that may be awake at once; beyond it the least recently used ones hibernate. Each awake one holds two or three
    /// open files and a page cache of up to 512 KiB; 2,000 of them stay within the file limits of common systems.
    /// </summary>
    public int MaxAwake { get; set; } = 2_000;

    /// <summary>
    /// Bytes of requests that the host may hold: bodies that are being read, and turns of all objects until they are answered. Past
    /// it requests are refused. An eighth of it is for requests of at most 64 KiB, so that large ones do not lock out the others.
    /// 256 MiB by default.
    /// </summary>
    public long WaitingBytes { get; set; } = 256L * 1_024 * 1_024;

    /// <summary>
    /// Bytes of messages that may wait for clients, each message once however many clients it goes to. Past it every client that is
    /// behind when the next message comes is cut off. 256 MiB by default.
    /// </summary>
    public long SocketBytes { get; set; } = 256L * 1_024 * 1_024;

    /// <summary>
    /// Bytes of the journal after which its oldest files move into the objects' archives. 256 MiB by default: the longer commits stay,
    /// the more of an object's go into one piece; a start after a crash reads only the newest file.
    /// </summary>
    public long MaxJournalBytes { get; set; } = 256L * 1_024 * 1_024;

    /// <summary>
    /// How far back every object can be returned, and how long a workflow that has ended can be asked about. 30 days by default.
    /// </summary>
    public TimeSpan Retention { get; set; } = Limits.Retention;

    /// <summary>
    /// How often everything moves from the journal into the archive, and what is past the retention goes. A day by default: no commit
    /// outlives its retention by more than that.
    /// </summary>
    public TimeSpan ArchiveEvery { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Attempts of workflows' activities that run at once; the rest waits. 256 by default.</summary>
    public int Activities { get; set; } = 256;

    /// <summary>How long a turn may run before it is abandoned.</summary>
    public TimeSpan TurnDeadline { get; set; } = Limits.TurnDeadline;

    /// <summary>How long a stop waits for the turns that were accepted before.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Where traces and metrics go: the base address of a receiver of OTLP over HTTP, such as <c>http://localhost:4318</c>, to which
    /// <c>/v1/traces</c> and <c>/v1/metrics</c> are added. Nothing is exported by default.
    /// </summary>
    public Uri? Otlp { get; set; }

    /// <summary>
    /// The secret that signs socket tickets, 32 bytes or more as base64. Random at each start by default: a ticket lives for
    /// minutes, and after a restart clients negotiate anew anyway.
    /// </summary>
    public string? TicketKey { get; set; }
}
