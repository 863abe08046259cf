using DurableObjects.Archive;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Catalogue;

/// <summary>
/// What the host keeps in memory of every object that has ever committed, awake or not. A few hundred bytes, since there may be
/// hundreds of thousands.
/// </summary>
internal sealed class CatalogueEntry(ObjectAddress address)
{
    private ArchivePosition? _archive;

    /// <summary>Where the object is found. Its name is added when it becomes known.</summary>
    public ObjectAddress Address { get; set; } = address;

    /// <summary>What the newest durable commit said.</summary>
    public ObjectSummary Summary { get; set; } = ObjectSummary.None;

    /// <summary>The address of the newest durable commit in the journal, or -1.</summary>
    public long LastRecord { get; set; } = -1;

    /// <summary>
    /// The address of the object's first commit in the journal. What the journal holds of an object of the same id before it
    /// belongs to one that was purged.
    /// </summary>
    public long FirstRecord { get; set; } = -1;

    /// <summary>The address of the newest durable whole commit in the journal, or -1.</summary>
    public long LastWhole { get; set; } = -1;

    /// <summary>How far the object's commits have come into its archive; null if they have not.</summary>
    public ArchivePosition? Archive
    {
        get => Volatile.Read(ref _archive);
        set => Volatile.Write(ref _archive, value);
    }

    /// <summary>The address of the newest whole commit that was put into the journal, durable or not; the next commit names it.</summary>
    public long LastWholeAppended { get; set; } = -1;

    /// <summary>The address of the newest commit that was put into the journal, durable or not; the next one names it.</summary>
    public long LastAppended { get; set; } = -1;

    /// <summary>
    /// The head that the database file on disk is known to be at, with no write-ahead log beside it; null while it is open, and
    /// after anything that leaves it in doubt.
    /// </summary>
    public Head? FileHead { get; set; }

    /// <summary>
    /// CRC-32C of the file as the last clean stop left it, to be compared before it is first opened; null once it has been, and of a
    /// file that this run of the process wrote.
    /// </summary>
    public uint? FileChecksum { get; set; }

    /// <summary>Whether the file was written since it was last flushed.</summary>
    public bool FileNeedsFlush { get; set; }

    /// <summary>
    /// Whether the last run of the process left something that must be done before the object's first turn in this one: signals
    /// in its outbox, sockets that are gone.
    /// </summary>
    public bool MustResume { get; set; }

    /// <summary>Whether the signals that the last run left in the outbox were sent, which is the first part of resuming.</summary>
    public bool HasSentLeft { get; set; }

    /// <summary>When a turn last ended, in this run of the process.</summary>
    public DateTimeOffset? LastActive { get; set; }

    /// <summary>Takes note of where a commit goes in the journal, before it is durable.</summary>
    public void Appended(long record, bool isWhole)
    {
        LastAppended = record;
        LastWholeAppended = isWhole ? record : LastWholeAppended;
    }

    /// <summary>Goes back to what is durable: what was appended since is not in the journal.</summary>
    public void ForgetAppended()
    {
        LastAppended = LastRecord;
        LastWholeAppended = LastWhole;
    }
}
