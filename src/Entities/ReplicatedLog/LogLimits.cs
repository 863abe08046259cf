namespace DurableObjects.Entities;

/// <summary>The limits and errors of a replicated log.</summary>
public static class LogLimits
{
    /// <summary>The most followers. Each is a signal there and one back for every batch; Raft's clusters have 3 or 5.</summary>
    public const int MaxReplicas = 7;

    /// <summary>Followers of a log of which nobody said otherwise.</summary>
    public const int DefaultReplicas = 3;

    /// <summary>Characters (UTF-16) of an entry's id.</summary>
    public const int IdCharacters = 128;

    /// <summary>Bytes (UTF-8) of an entry's data as JSON.</summary>
    public const int DataBytes = 64 * 1_024;

    /// <summary>Bytes (UTF-8) of a snapshot's value as JSON.</summary>
    public const int SnapshotBytes = 1_024 * 1_024;

    /// <summary>Entries that may wait for a majority. A leader that has lost entries asks each follower for as many hashes.</summary>
    public const int MaxPending = 1_000;

    /// <summary>
    /// Bytes of the entries that are kept, each with its id twice and <see cref="EntryOverhead"/> added; then they have to be compacted.
    /// Half of what an object's database may have on Azure.
    /// </summary>
    public const long MaxBytes = 64L * 1_024 * 1_024;

    /// <summary>Bytes that an entry takes beside its data and twice its id, in the row and in the index: hash and row.</summary>
    public const int EntryOverhead = 256;

    /// <summary>Entries of one page.</summary>
    public const int PageEntries = 100;

    /// <summary>The longest time, in seconds, that a majority may take until the log is unavailable: an hour.</summary>
    public const int MaxUnavailableAfterSeconds = 3_600;

    /// <summary>The error code of appending while no majority answers.</summary>
    public const string Unavailable = "log-unavailable";

    /// <summary>The error code of appending while too many entries wait for a majority.</summary>
    public const string TooManyPending = "too-many-pending";

    /// <summary>The error code of appending to a log that has to be compacted.</summary>
    public const string LogFull = "log-full";

    /// <summary>The error code of an entry that is not in the log.</summary>
    public const string UnknownEntry = "unknown-entry";

    /// <summary>The error code of reading what was compacted.</summary>
    public const string Compacted = "log-compacted";

    /// <summary>The error code of an entry's id that was used for other data.</summary>
    public const string EntryIdReused = "entry-id-reused";

    /// <summary>The error code of compacting what is not committed.</summary>
    public const string NotCommitted = "not-committed";

    /// <summary>The error code of changing the number of followers while an earlier change is not committed.</summary>
    public const string ChangePending = "change-pending";
}
