using DurableObjects.Archive;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Commits;

/// <summary>
/// A commit on its way into the journal. It names the object's commit before it by its address there, so that an object's
/// history can be read backwards from its newest commit without an index.
/// </summary>
internal sealed class CommitRecord(CatalogueEntry entry, Commit commit, ICommitObserver observer) : IJournalRecord
{
    public const byte Kind = 1;

    // The length is promised before the record is written, and the entry may learn its name in between.
    private readonly ObjectAddress _address = entry.Address;
    private long _position;

    public int Length { get; } =
        1 + FieldSize.Address(entry.Address) + 8 + 8 + 1 + FieldSize.Head + FieldSize.Summary(commit.Summary) + commit.Pages.Length;

    public void WriteTo(Span<byte> destination, long position)
    {
        _position = position;
        FieldWriter writer = new(destination);
        writer.Byte(Kind);
        writer.Address(_address);
        writer.Int64(entry.LastAppended);
        writer.Int64(entry.LastWholeAppended);
        writer.Byte(commit.IsWhole ? (byte)1 : (byte)0);
        writer.Head(commit.Previous);
        writer.Summary(commit.Summary);
        writer.Bytes(commit.Pages.Span);
        entry.Appended(position, commit.IsWhole);
    }

    public void OnDurable() => observer.Durable(commit, _position);

    public void OnFailed(JournalFaultedException error)
    {
        // The next commit must not name a record that the journal has cut off.
        entry.ForgetAppended();
        observer.Failed(commit, error);
    }
}

/// <summary>Hears what became of a commit, on the journal's thread, in the order of the commits. Must be quick.</summary>
internal interface ICommitObserver
{
    void Durable(Commit commit, long position);

    void Failed(Commit commit, Exception error);
}
