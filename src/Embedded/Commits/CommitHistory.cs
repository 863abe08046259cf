using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Commits;

/// <summary>Brings an object's database file to its head from its commits in the journal.</summary>
internal static class CommitHistory
{
    /// <summary>Writes the file anew, unless it is known to be at the head already.</summary>
    /// <exception cref="DurableObjectException">The history is damaged: what is served would not be what was stored.</exception>
    public static void Restore(RecordJournal journal, CatalogueEntry entry, string path)
    {
        Head head = entry.Summary.Head;
        if (entry.FileHead == head && File.Exists(path))
        {
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (head.Commit == 0)
        {
            DatabaseFile.WriteEmpty(path);
            return;
        }
        try
        {
            DatabaseFile.Rebuild(path, NewestFirst(journal, entry));
        }
        catch (Exception error) when (error is InvalidDataException or JournalCorruptException)
        {
            throw new DurableObjectException(
                500, ErrorCodes.Corrupt, $"The history of {entry.Address} is damaged: {error.Message}", error);
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> NewestFirst(RecordJournal journal, CatalogueEntry entry)
    {
        Head expected = entry.Summary.Head;
        for (long position = entry.LastRecord; position >= 0;)
        {
            (ReadOnlyMemory<byte> pages, expected, position) = Read(journal, position, entry.Address, expected);
            yield return pages;
        }
    }

    private static (ReadOnlyMemory<byte> Pages, Head Previous, long PreviousRecord) Read(
        RecordJournal journal, long position, ObjectAddress address, Head expected)
    {
        byte[] payload = journal.Read(position);
        StoredCommit commit = StoredCommit.Read(payload);
        // The chain of hashes proves that this is the commit that the next one was made upon.
        bool matches = commit.Address.Id == address.Id
            && commit.Summary.Head == expected
            && commit.Previous.Commit == expected.Commit - 1
            && PageSet.Chain(commit.Previous.Hash, commit.Pages) == expected.Hash;
        return matches
            ? (payload.AsMemory(payload.Length - commit.Pages.Length), commit.Previous, commit.PreviousRecord)
            : throw new InvalidDataException($"the journal at {position:x16} does not hold commit {expected}");
    }
}
