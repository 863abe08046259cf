using System.Buffers.Binary;
using System.Security.Cryptography;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Archive;

/// <summary>
/// A piece of commits. A block holds, for each of its commits, the time (8 bytes), flags (1: bit 0 the object exists, bit 1 the commit
/// is whole), the length of its page set (4) and the page set.
/// </summary>
public static class Segment
{
    internal const int CommitHeaderBytes = 13;
    private const byte ExistsFlag = 1;
    private const byte WholeFlag = 2;

    /// <summary>Makes a piece of commits that follow each other.</summary>
    /// <param name="address">The object.</param>
    /// <param name="predecessor">The piece before, or null.</param>
    /// <param name="commits">The commits, oldest first, at least one.</param>
    /// <param name="summary">The object after the last of them.</param>
    /// <returns>The piece's name, and its bytes.</returns>
    public static (PieceName Name, MemoryStream Content) Write(
        ObjectAddress address, PieceName? predecessor, IReadOnlyList<ArchivedCommit> commits, ObjectSummary summary)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(commits);
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentOutOfRangeException.ThrowIfNotEqual(commits[^1].Number, summary.Head.Commit);
        using MemoryStream blocks = new();
        int count = 0;
        for (int from = 0; from < commits.Count; count++)
        {
            from = WriteBlock(blocks, commits, from);
        }
        PieceHeader header = new(
            PieceKind.Segment, address, predecessor, new Head(commits[0].Number - 1, commits[0].Before), commits[0].At,
            [.. commits.Where(one => one.IsWhole).Select(one => one.Number)], count, summary);
        MemoryStream content = new();
        content.Write(header.ToBytes());
        blocks.WriteTo(content);
        ulong hash = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length)));
        content.Position = 0;
        return (new PieceName(
            address.ClassName, address.Id, commits[0].Number - 1, summary.Head.Commit, hash, PieceKind.Segment), content);
    }

    /// <summary>The commits of a piece that is in memory, oldest first.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static IReadOnlyList<ArchivedCommit> ReadAll(ReadOnlyMemory<byte> piece)
    {
        int length = PieceHeader.PrefixBytes + PieceHeader.LengthOf(piece.Span);
        if (length > piece.Length)
        {
            throw new InvalidDataException("it ends within its header");
        }
        PieceHeader header = PieceHeader.Read(piece.Span[..length]);
        List<(PieceBlock Block, byte[] Content)> blocks = [];
        ReadOnlyMemory<byte> rest = piece[length..];
        for (int i = 0; i < header.Blocks; i++)
        {
            PieceBlock block = PieceBlock.Read(rest.Span);
            if (block.Stored > rest.Length - PieceBlock.HeaderBytes)
            {
                throw new InvalidDataException("it ends within a block");
            }
            blocks.Add((block, block.Decompress(rest.Span.Slice(PieceBlock.HeaderBytes, block.Stored))));
            rest = rest[(PieceBlock.HeaderBytes + block.Stored)..];
        }
        List<ArchivedCommit> commits = [];
        for (int i = 0; i < blocks.Count; i++)
        {
            (PieceBlock block, byte[] content) = blocks[i];
            UInt128 before = block.Before;
            UInt128 after = i + 1 < blocks.Count ? blocks[i + 1].Block.Before : header.Summary.Head.Hash;
            foreach (BlockCommit one in Read(block, content, after))
            {
                commits.Add(new ArchivedCommit(
                    one.Moment.Commit, before, one.Moment.At, one.Moment.Exists, one.IsWhole, one.Pages));
                before = PageSet.Chain(before, one.Pages.Span);
            }
        }
        return commits;
    }

    /// <summary>The commits of a block, oldest first.</summary>
    /// <param name="block">Its header.</param>
    /// <param name="content">Its content.</param>
    /// <param name="expected">The hash of the head that its last commit must make.</param>
    /// <exception cref="InvalidDataException">They are not the commits that make that head.</exception>
    internal static List<BlockCommit> Read(PieceBlock block, ReadOnlyMemory<byte> content, UInt128 expected)
    {
        List<BlockCommit> commits = [];
        UInt128 hash = block.Before;
        ReadOnlyMemory<byte> rest = content;
        for (long number = block.First; number <= block.Last; number++)
        {
            FieldReader reader = new(rest.Span[..Math.Min(CommitHeaderBytes, rest.Length)]);
            if (rest.Length < CommitHeaderBytes)
            {
                throw new InvalidDataException($"a block ends within commit {number}");
            }
            DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(reader.Int64());
            byte flags = reader.Byte();
            int length = reader.Int32();
            if (length < 0 || length > rest.Length - CommitHeaderBytes)
            {
                throw new InvalidDataException($"a block ends within commit {number}");
            }
            ReadOnlyMemory<byte> pages = rest.Slice(CommitHeaderBytes, length);
            hash = PageSet.Chain(hash, pages.Span);
            commits.Add(new BlockCommit(new Moment(number, at, (flags & ExistsFlag) != 0), (flags & WholeFlag) != 0, pages));
            rest = rest[(CommitHeaderBytes + length)..];
        }
        return rest.IsEmpty && hash == expected
            ? commits
            : throw new InvalidDataException($"commits {block.First} to {block.Last} do not make the head that follows them");
    }

    private static int WriteBlock(MemoryStream blocks, IReadOnlyList<ArchivedCommit> commits, int from)
    {
        int length = 0;
        int to = from;
        do
        {
            length += CommitHeaderBytes + commits[to].Pages.Length;
            to++;
        }
        while (to < commits.Count && length + CommitHeaderBytes + commits[to].Pages.Length <= PieceBlock.TargetBytes);
        byte[] content = new byte[length];
        FieldWriter writer = new(content);
        for (int i = from; i < to; i++)
        {
            ArchivedCommit commit = commits[i];
            writer.Int64(commit.At.ToUnixTimeMilliseconds());
            writer.Byte((byte)((commit.Exists ? ExistsFlag : 0) | (commit.IsWhole ? WholeFlag : 0)));
            writer.Int32(commit.Pages.Length);
            writer.Bytes(commit.Pages.Span);
        }
        PieceBlock.Write(
            blocks, content, commits[from].Number, commits[to - 1].Number, commits[from].At, commits[to - 1].At, commits[from].Before);
        return to;
    }

    /// <summary>A commit as it is read back.</summary>
    internal readonly record struct BlockCommit(Moment Moment, bool IsWhole, ReadOnlyMemory<byte> Pages);
}
