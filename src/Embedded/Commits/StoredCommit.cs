using DurableObjects.Archive;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Commits;

/// <summary>A commit as it is read back from the journal.</summary>
internal readonly ref struct StoredCommit
{
    private StoredCommit(
        ObjectAddress address, long previousRecord, long previousWhole, bool isWhole, Head previous, ObjectSummary summary,
        ReadOnlySpan<byte> pages)
    {
        Address = address;
        PreviousRecord = previousRecord;
        PreviousWhole = previousWhole;
        IsWhole = isWhole;
        Previous = previous;
        Summary = summary;
        Pages = pages;
    }

    public ObjectAddress Address { get; }

    /// <summary>Where the object's commit before is in the journal, or -1.</summary>
    public long PreviousRecord { get; }

    /// <summary>Where the object's newest whole commit before this one is in the journal, or -1: a step over many.</summary>
    public long PreviousWhole { get; }

    public bool IsWhole { get; }

    public Head Previous { get; }

    public ObjectSummary Summary { get; }

    public ReadOnlySpan<byte> Pages { get; }

    /// <summary>Reads a record of <see cref="CommitRecord"/>.</summary>
    /// <exception cref="InvalidDataException">It is another record.</exception>
    public static StoredCommit Read(ReadOnlySpan<byte> payload)
    {
        FieldReader reader = new(payload);
        return reader.Byte() == CommitRecord.Kind
            ? new StoredCommit(
                reader.Address(), reader.Int64(), reader.Int64(), reader.Byte() != 0, reader.Head(), reader.Summary(), reader.Rest)
            : throw new InvalidDataException("The journal's record is not a commit.");
    }
}
