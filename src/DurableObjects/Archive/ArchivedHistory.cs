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
        return oldest is { } commit ? await FindAsync(commit, cancellation) : null;
    }

    /// <inheritdoc/>
    public ValueTask<Moment?> FindAsync(long commit, CancellationToken cancellation) => FindAsync(
        piece => piece.Summary.Head.Commit == commit, piece => piece.Previous.Commit < commit,
        block => block.First <= commit, moment => moment.Commit == commit, cancellation);

    /// <inheritdoc/>
    public ValueTask<Moment?> FindAsync(DateTimeOffset time, CancellationToken cancellation) => FindAsync(
        piece => piece.Summary.CommittedAt <= time, piece => piece.FirstAt <= time,
        block => block.FirstAt <= time, moment => moment.At <= time, cancellation);

    /// <inheritdoc/>
    public async IAsyncEnumerable<HistoricPages> NewestFirstAsync(
        long from, long target, PageFilter? isWanted, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (PieceReader piece in PiecesAsync(cancellation))
        {
            if (piece.Header.Kind == PieceKind.Snapshot)
            {
                if (piece.Header.Summary.Head.Commit > target)
                {
                    continue;
                }
                await foreach (HistoricPages pages in SnapshotAsync(piece, isWanted, cancellation))
                {
                    yield return pages;
                }
                yield break;
            }
            if (piece.Header.Previous.Commit >= from)
            {
                continue;
            }
            UInt128 expected = piece.Header.Summary.Head.Hash;
            foreach ((PieceBlock block, long offset) in (await piece.BlocksAsync(cancellation)).Reverse())
            {
                if (block.First <= from)
                {
                    byte[] content = await piece.ReadAsync(block, offset, cancellation);
                    List<Segment.BlockCommit> commits = piece.Try(() => Segment.Read(block, content, expected));
                    foreach (Segment.BlockCommit one in commits.AsEnumerable().Reverse().Where(one => one.Moment.Commit <= from))
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

    /// <summary>
    /// The newest commit that fits, if there is a whole state at it or before, on which it can be built again. Nothing is read behind
    /// that state.
    /// </summary>
    private async ValueTask<Moment?> FindAsync(
        Func<PieceHeader, bool> isSnapshotIt, Func<PieceHeader, bool> isInSegment, Func<PieceBlock, bool> isInBlock,
        Func<Moment, bool> isIt, CancellationToken cancellation)
    {
        Moment? found = null;
        await foreach (PieceReader piece in PiecesAsync(cancellation))
        {
            PieceHeader header = piece.Header;
            if (found is null && header.Kind == PieceKind.Snapshot && isSnapshotIt(header))
            {
                return new Moment(header.Summary.Head.Commit, header.Summary.CommittedAt, header.Summary.Exists);
            }
            if (found is null && header.Kind == PieceKind.Segment && isInSegment(header))
            {
                found = await FindInAsync(piece, isInBlock, isIt, cancellation);
                if (found is null)
                {
                    return null;
                }
            }
            if (found is not null && header.Bases.Any(commit => commit <= found.Commit))
            {
                return found;
            }
        }
        return null;
    }

    /// <summary>The newest commit that fits, in the newest block that does.</summary>
    private static async ValueTask<Moment?> FindInAsync(
        PieceReader piece, Func<PieceBlock, bool> fits, Func<Moment, bool> isIt, CancellationToken cancellation)
    {
        UInt128 expected = piece.Header.Summary.Head.Hash;
        foreach ((PieceBlock block, long offset) in (await piece.BlocksAsync(cancellation)).Reverse())
        {
            if (fits(block))
            {
                byte[] content = await piece.ReadAsync(block, offset, cancellation);
                List<Segment.BlockCommit> commits = piece.Try(() => Segment.Read(block, content, expected));
                return commits.FindLast(one => isIt(one.Moment)) is { Moment: { } moment } ? moment : null;
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
