using DurableObjects.Turns;

namespace DurableObjects.Embedded.Catalogue;

/// <summary>
/// What the host keeps in memory of every object that has ever committed, awake or not. A few hundred bytes, since there may be
/// hundreds of thousands.
/// </summary>
internal sealed class CatalogueEntry(ObjectAddress address)
{
    /// <summary>Where the object is found. Its name is added when it becomes known.</summary>
    public ObjectAddress Address { get; set; } = address;

    /// <summary>What the newest durable commit said.</summary>
    public ObjectSummary Summary { get; set; } = ObjectSummary.None;

    /// <summary>The address of the newest durable commit in the journal, or -1.</summary>
    public long LastRecord { get; set; } = -1;

    /// <summary>The address of the newest commit that was put into the journal, durable or not; the next one names it.</summary>
    public long LastAppended { get; set; } = -1;

    /// <summary>
    /// The head that the database file on disk is known to be at, with no write-ahead log beside it; null while it is open, and
    /// after anything that leaves it in doubt.
    /// </summary>
    public Head? FileHead { get; set; }

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
}
