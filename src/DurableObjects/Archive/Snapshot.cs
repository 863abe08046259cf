using System.Buffers.Binary;
using System.Security.Cryptography;
using DurableObjects.Turns;

namespace DurableObjects.Archive;

/// <summary>A piece of every page of a database after one commit. A block is a page set of pages that follow each other.</summary>
public static class Snapshot
{
    /// <summary>Writes a snapshot.</summary>
    /// <param name="destination">Where to; read back once for its hash, and left at its beginning.</param>
    /// <param name="address">The object.</param>
    /// <param name="predecessor">The piece before: the segment that ends with the same commit.</param>
    /// <param name="summary">The object after the commit.</param>
    /// <param name="databasePath">Its database, closed, at that commit, with no write-ahead log beside it.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <returns>The piece's name.</returns>
    public static async Task<PieceName> WriteAsync(
        Stream destination, ObjectAddress address, PieceName predecessor, ObjectSummary summary, string databasePath,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(summary);
        const int BlockPages = PieceBlock.TargetBytes / PageSet.PageBytes;
        using FileStream database = new(databasePath, FileMode.Open, FileAccess.Read, FileShare.Read, PieceBlock.TargetBytes);
        uint pages = (uint)(database.Length / PageSet.PageBytes);
        int blocks = (int)((pages + BlockPages - 1) / BlockPages);
        PieceHeader header = new(
            PieceKind.Snapshot, address, predecessor, summary.Head, summary.CommittedAt, [], blocks, summary);
        await destination.WriteAsync(header.ToBytes(), cancellation);
        byte[] buffer = new byte[PieceBlock.TargetBytes];
        for (uint first = 1; first <= pages; first += BlockPages)
        {
            int count = (int)Math.Min(BlockPages, pages - first + 1);
            await database.ReadExactlyAsync(buffer.AsMemory(0, count * PageSet.PageBytes), cancellation);
            byte[] content = PageSet.Encode(pages, [.. Enumerable.Range(0, count).Select(i =>
                (first + (uint)i, (ReadOnlyMemory<byte>)buffer.AsMemory(i * PageSet.PageBytes, PageSet.PageBytes)))]);
            PieceBlock.Write(
                destination, content, first, first + count - 1, summary.CommittedAt, summary.CommittedAt, summary.Head.Hash);
        }
        destination.Position = 0;
        byte[] hash = await SHA256.HashDataAsync(destination, cancellation);
        destination.Position = 0;
        return new PieceName(
            address.ClassName, address.Id, summary.Head.Commit, summary.Head.Commit,
            BinaryPrimitives.ReadUInt64BigEndian(hash), PieceKind.Snapshot);
    }
}
