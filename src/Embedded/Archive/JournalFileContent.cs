using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Commits;
using DurableObjects.Embedded.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Archive;

/// <summary>A complete journal file, sorted by object: the commits in it that are not archived yet.</summary>
internal sealed class JournalFileContent
{
    private readonly ObjectCatalogue _catalogue;
    private readonly Dictionary<ObjectId, ObjectCommits> _objects = [];
    private readonly HashSet<ObjectId> _damaged = [];
    private readonly byte[] _buffer;
    private int _used;

    private JournalFileContent(ObjectCatalogue catalogue, long length)
    {
        _catalogue = catalogue;
        _buffer = new byte[length];
    }

    public IReadOnlyCollection<ObjectCommits> Objects => _objects.Values;

    /// <summary>What is wrong with an object's commits, which are left out and must stay in the journal then; null if nothing is.</summary>
    public InvalidDataException? Damage { get; private set; }

    /// <summary>How many commits there are.</summary>
    public int Commits { get; private set; }

    /// <summary>Reads the file that begins at an address.</summary>
    /// <exception cref="JournalCorruptException">It does not hold what was written.</exception>
    public static JournalFileContent Read(RecordJournal journal, ObjectCatalogue catalogue, long start)
    {
        JournalFileContent content = new(catalogue, journal.LengthOf(start));
        journal.Scan(start, content.Add);
        return content;
    }

    private void Add(JournalEntry record)
    {
        if (record.Payload[0] == CommitRecord.Kind)
        {
            Add(record.Position, StoredCommit.Read(record.Payload));
        }
    }

    private void Add(long position, StoredCommit commit)
    {
        long number = commit.Summary.Head.Commit;
        // One that is not in the catalogue was purged, and so was what comes before the first record of one that is.
        if (_catalogue.Find(commit.Address.Id) is not { } entry
            || position < entry.FirstRecord
            || _damaged.Contains(entry.Address.Id)
            || (entry.Archive is { } archive && number <= archive.Head.Commit))
        {
            return;
        }
        if (!_objects.TryGetValue(commit.Address.Id, out ObjectCommits? one))
        {
            _objects.Add(commit.Address.Id, one = new ObjectCommits(entry) { Summary = ObjectSummary.None });
        }
        Head before = one.Commits.Count > 0 ? one.Summary.Head : entry.Archive?.Head ?? Head.None;
        if (commit.Previous != before)
        {
            _objects.Remove(commit.Address.Id);
            _damaged.Add(commit.Address.Id);
            Damage ??= new InvalidDataException(
                $"The journal at {position:x16} holds a commit of {commit.Address} on {commit.Previous}; the one before made {before}.");
            return;
        }
        commit.Pages.CopyTo(_buffer.AsSpan(_used));
        one.Commits.Add(new(
            number, commit.Previous.Hash, commit.Summary.CommittedAt, commit.Summary.Exists, commit.IsWhole,
            _buffer.AsMemory(_used, commit.Pages.Length)));
        one.Summary = commit.Summary;
        _used += commit.Pages.Length;
        Commits++;
    }
}
