using System.Runtime.CompilerServices;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Archive;

/// <summary>
/// The archived part of an object's past. Pieces are read from the newest backwards, each naming the one before it, until one that
/// is not there: what was before that is past the retention.
/// </summary>
/// <param name="store">Has the pieces.</param>
/// <param name="position">Where the archive ends.</param>
public sealed class ArchivedHistory(IArchiveStore store, ArchivePosition position) : IObjectHistory
{
    /// <inheritdoc/>
    public async ValueTask<Moment?> OldestAsync(CancellationToken cancellation)
    {
        long? oldest = null;
        await foreach (PieceReader piece in PiecesAsync(cancellation))
        {
            oldest = piece.Header.Bases.Any() ? piece.Header.Bases.Min() : oldest;
        }
        return oldest is { } commit ? await FindInAsync(commit, cancellation) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<Moment?> FindAsync(long commit, CancellationToken cancellation) =>
        await OldestAsync(cancellation) is { } oldest && commit >= oldest.Commit ? await FindInAsync(commit, cancellation) : null;

    /// <inheritdoc/>
    public async ValueTask<Moment?> FindAsync(DateTimeOffset time, CancellationToken cancellation)
    {
        Moment? found = null;
        await foreach (PieceReader piece in PiecesAsync(cancellation))
        {
            if (piece.Header.Kind == PieceKind.Segment && piece.Header.FirstAt <= time)
            {
                found = await FindInAsync(
                    piece, block => block.FirstAt <= time, one => one.Moment.At <= time, cancellation);
                break;
            }
        }
        return found is not null && await OldestAsync(cancellation) is { } oldest && found.Commit >= oldest.Commit ? found : null;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<HistoricPages> NewestFirstAsync(
        long commit, PageFilter? isWanted, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (PieceReader piece in PiecesAsync(cancellation))
        {
            if (piece.Header.Kind == PieceKind.Snapshot)
            {
                if (piece.Header.Summary.Head.Commit > commit)
                {
                    continue;
                }
                await foreach (HistoricPages pages in SnapshotAsync(piece, isWanted, cancellation))
                {
                    yield return pages;
                }
                yield break;
            }
            if (piece.Header.Previous.Commit >= commit)
            {
                continue;
            }
            UInt128 expected = piece.Header.Summary.Head.Hash;
            foreach ((PieceBlock block, long offset) in (await piece.BlocksAsync(cancellation)).Reverse())
            {
                if (block.First <= commit)
                {
                    byte[] content = await piece.ReadAsync(block, offset, cancellation);
                    List<Segment.BlockCommit> commits = piece.Try(() => Segment.Read(block, content, expected));
                    foreach (Segment.BlockCommit one in commits.AsEnumerable().Reverse().Where(one => one.Moment.Commit <= commit))
                    {
                        yield return new HistoricPages(one.Moment.Commit, one.Pages);
                    }
                }
                expected = block.Before;
            }
        }
    }

    /// <summary>The pieces, newest first. Each is open until the next is asked for.</summary>
    private async IAsyncEnumerable<PieceReader> PiecesAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        Head expected = position.Head;
        for (PieceName? name = position.Newest; name is not null;)
        {
            await using PieceReader? piece = await PieceReader.OpenAsync(store, name, cancellation);
            if (piece is null)
            {
                yield break;
            }
            if (piece.Header.Summary.Head != expected)
            {
                throw new InvalidDataException(
                    $"The piece {name} of the archive ends at {piece.Header.Summary.Head}; the history goes on from {expected}.");
            }
            yield return piece;
            expected = piece.Header.Previous;
            name = piece.Header.Predecessor;
        }
    }

    private async ValueTask<Moment?> FindInAsync(long commit, CancellationToken cancellation)
    {
        await foreach (PieceReader piece in PiecesAsync(cancellation))
        {
            if (piece.Header.Kind == PieceKind.Segment && piece.Header.Previous.Commit < commit)
            {
                return await FindInAsync(piece, block => block.First <= commit, one => one.Moment.Commit == commit, cancellation);
            }
            if (piece.Header.Kind == PieceKind.Snapshot && piece.Header.Summary.Head.Commit == commit)
            {
                return new Moment(commit, piece.Header.Summary.CommittedAt, piece.Header.Summary.Exists);
            }
        }
        return null;
    }

    /// <summary>The newest commit that fits, in the newest block that does.</summary>
    private static async ValueTask<Moment?> FindInAsync(
        PieceReader piece, Func<PieceBlock, bool> fits, Func<Segment.BlockCommit, bool> isIt, CancellationToken cancellation)
    {
        UInt128 expected = piece.Header.Summary.Head.Hash;
        foreach ((PieceBlock block, long offset) in (await piece.BlocksAsync(cancellation)).Reverse())
        {
            if (fits(block))
            {
                byte[] content = await piece.ReadAsync(block, offset, cancellation);
                List<Segment.BlockCommit> commits = piece.Try(() => Segment.Read(block, content, expected));
                return commits.FindLast(one => isIt(one)) is { Moment: { } moment } ? moment : null;
            }
            expected = block.Before;
        }
        return null;
    }

    private static async IAsyncEnumerable<HistoricPages> SnapshotAsync(
        PieceReader piece, PageFilter? isWanted, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach ((PieceBlock block, long offset) in await piece.BlocksAsync(cancellation))
        {
            if (isWanted is null || isWanted((uint)block.First, (uint)block.Last))
            {
                byte[] content = await piece.ReadAsync(block, offset, cancellation);
                yield return new HistoricPages(piece.Header.Summary.Head.Commit, content);
            }
        }
    }
}
