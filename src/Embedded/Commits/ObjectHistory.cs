using System.Runtime.CompilerServices;
using DurableObjects.Archive;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Journal;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Commits;

/// <summary>
/// An object's past: its durable commits that are still in the journal, newest first, and behind them its archive. While it is read,
/// commits may move from one to the other.
/// </summary>
/// <param name="journal">Has the newest commits.</param>
/// <param name="store">Has the pieces of the archive.</param>
/// <param name="entry">Says where both end.</param>
internal sealed class ObjectHistory(RecordJournal journal, IArchiveStore store, CatalogueEntry entry) : IObjectHistory
{
    public async ValueTask<Moment?> OldestAsync(CancellationToken cancellation)
    {
        while (true)
        {
            ArchivePosition? archive = entry.Archive;
            if (archive is not null && await new ArchivedHistory(store, archive).OldestAsync(cancellation) is { } archived)
            {
                return archived;
            }
            JournalCommit? commit = Newest();
            JournalCommit? oldest = commit is { IsWhole: true } ? commit : null;
            while (commit is { PreviousWhole: >= 0 } step && Read(step.PreviousWhole) is { } whole)
            {
                oldest = commit = whole;
            }
            if (ReferenceEquals(archive, entry.Archive))
            {
                return oldest?.Moment;
            }
        }
    }

    // What is in the journal can be built again: it goes back to the first commit or to the archive, which goes back to a whole one.
    public async ValueTask<Moment?> FindAsync(long commit, CancellationToken cancellation) =>
        commit < 1 || commit > entry.Summary.Head.Commit
            ? null
            : FindInJournal(one => one.Moment.Commit <= commit)?.Moment
                ?? (entry.Archive is { } archive ? await new ArchivedHistory(store, archive).FindAsync(commit, cancellation) : null);

    public async ValueTask<Moment?> FindAsync(DateTimeOffset time, CancellationToken cancellation) =>
        FindInJournal(one => one.Moment.At <= time)?.Moment
            ?? (entry.Archive is { } archive ? await new ArchivedHistory(store, archive).FindAsync(time, cancellation) : null);

    public async IAsyncEnumerable<HistoricPages> NewestFirstAsync(
        long from, long target, PageFilter? isWanted, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // Read before the catalogue's archive: what is not in this journal any more by then is archived by then.
        Head expected = entry.Summary.Head;
        long position = entry.LastRecord;
        while (expected.Commit > 0)
        {
            ArchivePosition? archive = entry.Archive;
            if (archive is not null && expected.Commit <= archive.Head.Commit)
            {
                if (expected.Commit == archive.Head.Commit && expected != archive.Head)
                {
                    throw new InvalidDataException($"the archive ends at {archive.Head} and the journal goes on from {expected}");
                }
                ArchivedHistory rest = new(store, archive);
                long next = Math.Min(from, expected.Commit);
                await foreach (HistoricPages pages in rest.NewestFirstAsync(next, target, isWanted, cancellation))
                {
                    yield return pages;
                }
                yield break;
            }
            if (position < 0)
            {
                throw new InvalidDataException($"the journal ends before commit {expected}");
            }
            if (!TryRead(position, out JournalCommit found))
            {
                if (ReferenceEquals(archive, entry.Archive))
                {
                    throw new InvalidDataException($"the journal's file with commit {expected} is gone");
                }
                continue;
            }
            Check(found, expected, position);
            if (found.Moment.Commit <= from)
            {
                yield return new HistoricPages(found.Moment.Commit, found.Pages);
            }
            (expected, position) = (found.Previous, found.PreviousRecord);
        }
    }

    private void Check(JournalCommit commit, Head expected, long position)
    {
        // The record's checksum stands for its content, and the hashes in it for its place: computing them anew from the pages would
        // take longer than all else.
        bool matches = commit.Id == entry.Address.Id
            && commit.Head == expected
            && commit.Previous.Commit == expected.Commit - 1;
        if (!matches)
        {
            throw new InvalidDataException($"the journal at {position:x16} does not hold commit {expected}");
        }
    }

    /// <summary>The newest commit in the journal that is not too new; null if all that it has are.</summary>
    private JournalCommit? FindInJournal(Func<JournalCommit, bool> isIt)
    {
        JournalCommit? commit = Newest();
        while (commit is { PreviousWhole: >= 0 } step && !isIt(step) && Read(step.PreviousWhole) is { } whole && !isIt(whole))
        {
            commit = whole;
        }
        while (commit is { } one && !isIt(one))
        {
            commit = one.PreviousRecord >= 0 ? Read(one.PreviousRecord) : null;
        }
        return commit;
    }

    private JournalCommit? Newest() => entry.LastRecord >= 0 ? Read(entry.LastRecord) : null;

    /// <summary>A commit in the journal; null if it has been archived.</summary>
    private JournalCommit? Read(long position) =>
        TryRead(position, out JournalCommit commit) && commit.Moment.Commit > (entry.Archive?.Head.Commit ?? 0) ? commit : null;

    private bool TryRead(long position, out JournalCommit commit)
    {
        if (!journal.TryRead(position, out byte[]? payload))
        {
            commit = default;
            return false;
        }
        StoredCommit stored = StoredCommit.Read(payload);
        ObjectSummary summary = stored.Summary;
        commit = new JournalCommit(
            stored.Address.Id, new Moment(summary.Head.Commit, summary.CommittedAt, summary.Exists), summary.Head, stored.Previous,
            stored.PreviousRecord, stored.PreviousWhole, stored.IsWhole, payload.AsMemory(payload.Length - stored.Pages.Length));
        return true;
    }

    private readonly record struct JournalCommit(
        ObjectId Id, Moment Moment, Head Head, Head Previous, long PreviousRecord, long PreviousWhole, bool IsWhole,
        ReadOnlyMemory<byte> Pages);
}
