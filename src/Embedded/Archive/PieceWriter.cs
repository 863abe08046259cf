using DurableObjects.Archive;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Archive;

/// <summary>
/// Writes an object's commits into its archive: a segment, and behind it a snapshot if what was committed since the last whole state
/// is more than the database. Databases whose commits are made whole now and then need none.
/// </summary>
/// <param name="store">Takes the pieces.</param>
/// <param name="folder">Where a snapshot is put together.</param>
/// <param name="options">Says how long a history without a whole state may become.</param>
/// <param name="logger">Told of snapshots that could not be made.</param>
internal sealed class PieceWriter(IArchiveStore store, DataFolder folder, ObjectRuntimeOptions options, ILogger logger)
{
    /// <summary>Writes, and says where the archive ends then. Not durable before the store is flushed.</summary>
    public async ValueTask<ArchivePosition> WriteAsync(ObjectCommits one, CancellationToken cancellation)
    {
        ArchivePosition? before = one.Entry.Archive;
        (PieceName name, MemoryStream content) = Segment.Write(one.Entry.Address, before?.Newest, one.Commits, one.Summary);
        using (content)
        {
            await store.WriteAsync(name, content, cancellation);
        }
        long bytes = before?.BytesSinceBase ?? 0;
        foreach (ArchivedCommit commit in one.Commits)
        {
            bytes = commit.IsWhole ? 0 : bytes + commit.Pages.Length;
        }
        ArchivePosition position = new(one.Summary.Head, name, bytes);
        long database = (long)PageSet.DatabasePages(one.Commits[^1].Pages.Span) * PageSet.PageBytes;
        return database > options.MaxWholeBytes && bytes > Math.Max(database, options.HistoryBytes)
            ? await SnapshotAsync(one, position, cancellation)
            : position;
    }

    private async Task<ArchivePosition> SnapshotAsync(ObjectCommits one, ArchivePosition position, CancellationToken cancellation)
    {
        string database = folder.Building(one.Entry.Address);
        try
        {
            await DatabaseFile.RebuildAsync(
                database,
                new ArchivedHistory(store, position).NewestFirstAsync(position.Head.Commit, position.Head.Commit, null, cancellation),
                cancellation);
            using FileStream piece = new(
                database + ".piece", FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
            PieceName name = await Snapshot.WriteAsync(
                piece, one.Entry.Address, position.Newest, one.Summary, database, cancellation);
            await store.WriteAsync(name, piece, cancellation);
            return new ArchivePosition(position.Head, name, 0);
        }
        catch (InvalidDataException error)
        {
            // The others' commits must not wait in the journal for this object's damage.
            logger.SnapshotSkipped(error, one.Entry.Address);
            return position;
        }
        finally
        {
            DatabaseFile.Delete(database);
        }
    }
}
