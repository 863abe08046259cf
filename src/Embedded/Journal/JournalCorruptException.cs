namespace DurableObjects.Embedded.Journal;

/// <summary>
/// The journal holds less than it once acknowledged, or something else than it wrote. Nothing has been changed on disk when
/// this is thrown.
/// </summary>
internal sealed class JournalCorruptException : Exception
{
    /// <summary>Creates the exception; the message is composed of the three facts and of what to do.</summary>
    public JournalCorruptException(string file, long offset, string reason)
        : base($"The journal is damaged: {file}, at byte {offset}: {reason}. This is not the trace of a crash, which can only " +
            "spoil the last batch, so the host does not go on by itself. Nothing has been changed. Restore the folder from a " +
            "backup. If there is none, and only then: copy the folder, cut this file to " +
            $"{offset} bytes, and move the journal files with higher names out of the folder; the host then starts with what " +
            "precedes the damage, and every commit from there on is lost.")
    {
        File = file;
        Offset = offset;
        Reason = reason;
    }

    /// <summary>The path of the damaged file.</summary>
    public string File { get; }

    /// <summary>Where in the file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>What is wrong there.</summary>
    public string Reason { get; }
}
