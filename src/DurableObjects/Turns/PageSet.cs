using System.Buffers.Binary;
using System.Security.Cryptography;
using DurableObjects.Storage;

namespace DurableObjects.Turns;

/// <summary>
/// The pages of a commit as bytes, little-endian: version (1 byte), pages of the database after it (4), number of pages (4), then
/// for each page its number (4), the start (2) and the length (2) of a run of zeros, and the bytes around that run. A fresh
/// page of a B-tree is mostly such a run, so a small commit is a tenth of its pages.
/// </summary>
public static class PageSet
{
    /// <summary>Bytes of a page.</summary>
    public const int PageBytes = SqliteDatabase.PageBytes;

    private const byte Version = 1;
    private const int HeaderBytes = 9;
    private const int PageHeaderBytes = 8;

    /// <summary>The hash of the head that content makes on top of a head.</summary>
    public static UInt128 Chain(UInt128 previous, ReadOnlySpan<byte> content)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        const int OnStack = 2_048;
        int length = 16 + content.Length;
        Span<byte> source = length <= OnStack ? stackalloc byte[length] : new byte[length];
        BinaryPrimitives.WriteUInt128BigEndian(source, previous);
        content.CopyTo(source[16..]);
        SHA256.HashData(source, digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }

    /// <summary>How many pages the database has after the commit.</summary>
    /// <exception cref="InvalidDataException">The content is not a page set.</exception>
    public static uint DatabasePages(ReadOnlySpan<byte> content)
    {
        if (content.Length < HeaderBytes || content[0] != Version)
        {
            throw new InvalidDataException($"Not a page set of version {Version}.");
        }
        return BinaryPrimitives.ReadUInt32LittleEndian(content[1..]);
    }

    /// <summary>Calls back with the number and the content of each page. The span is valid during the call only.</summary>
    /// <exception cref="InvalidDataException">The content is not a page set.</exception>
    public static void Read(ReadOnlySpan<byte> content, Action<uint, ReadOnlySpan<byte>> page) => Read(content, null, page);

    /// <summary>The same for the pages that are wanted.</summary>
    /// <exception cref="InvalidDataException">The content is not a page set.</exception>
    public static void Read(ReadOnlySpan<byte> content, Predicate<uint>? isWanted, Action<uint, ReadOnlySpan<byte>> page)
    {
        ArgumentNullException.ThrowIfNull(page);
        _ = DatabasePages(content);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(content[5..]);
        Span<byte> bytes = stackalloc byte[PageBytes];
        ReadOnlySpan<byte> rest = content[HeaderBytes..];
        for (uint i = 0; i < count; i++)
        {
            if (rest.Length < PageHeaderBytes)
            {
                throw new InvalidDataException("The page set ends within a page.");
            }
            uint number = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            int gap = BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]);
            int gapLength = BinaryPrimitives.ReadUInt16LittleEndian(rest[6..]);
            int held = PageBytes - gapLength;
            rest = rest[PageHeaderBytes..];
            if (gap + gapLength > PageBytes || rest.Length < held)
            {
                throw new InvalidDataException("The page set ends within a page.");
            }
            if (isWanted is null || isWanted(number))
            {
                rest[..gap].CopyTo(bytes);
                bytes.Slice(gap, gapLength).Clear();
                rest[gap..held].CopyTo(bytes[(gap + gapLength)..]);
                page(number, bytes);
            }
            rest = rest[held..];
        }
    }

    internal static byte[] Encode(PageChanges changes, ReadOnlySpan<byte> missing)
    {
        // "missing" is the database that nobody has stored yet; pages of it that the commit left alone belong to it as well.
        List<(uint Number, ReadOnlyMemory<byte> Bytes)> pages = [.. changes.InOrder()];
        for (uint number = 1; number <= missing.Length / PageBytes && number <= changes.DatabasePages; number++)
        {
            if (!changes.Contains(number))
            {
                pages.Add((number, missing.Slice((int)(number - 1) * PageBytes, PageBytes).ToArray()));
            }
        }
        return Encode(changes.DatabasePages, pages);
    }

    /// <summary>The form that <see cref="Read(ReadOnlySpan{byte}, Action{uint, ReadOnlySpan{byte}})"/> reads.</summary>
    /// <param name="databasePages">Pages of the database.</param>
    /// <param name="pages">Numbers and contents of the pages to hold.</param>
    public static byte[] Encode(uint databasePages, IReadOnlyList<(uint Number, ReadOnlyMemory<byte> Bytes)> pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        int length = HeaderBytes;
        Span<(ushort Start, ushort Length)> gaps = pages.Count <= 64
            ? stackalloc (ushort, ushort)[pages.Count]
            : new (ushort, ushort)[pages.Count];
        for (int i = 0; i < pages.Count; i++)
        {
            gaps[i] = ZeroRun(pages[i].Bytes.Span, pages[i].Number);
            length += PageHeaderBytes + PageBytes - gaps[i].Length;
        }
        byte[] content = new byte[length];
        content[0] = Version;
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(1), databasePages);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(5), (uint)pages.Count);
        Span<byte> rest = content.AsSpan(HeaderBytes);
        for (int i = 0; i < pages.Count; i++)
        {
            (ushort start, ushort run) = gaps[i];
            ReadOnlySpan<byte> bytes = pages[i].Bytes.Span;
            BinaryPrimitives.WriteUInt32LittleEndian(rest, pages[i].Number);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[4..], start);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[6..], run);
            bytes[..start].CopyTo(rest[PageHeaderBytes..]);
            bytes[(start + run)..].CopyTo(rest[(PageHeaderBytes + start)..]);
            rest = rest[(PageHeaderBytes + PageBytes - run)..];
        }
        return content;
    }

    /// <summary>
    /// A run of zeros: between the cell pointers and the cells if the page is one of a B-tree and has zeros there, else at its end.
    /// </summary>
    private static (ushort Start, ushort Length) ZeroRun(ReadOnlySpan<byte> page, uint number)
    {
        // sqlite.org/fileformat2.html, "B-tree Pages". Page 1 starts with the file's own header of 100 bytes.
        int header = number == 1 ? 100 : 0;
        byte kind = page[header];
        if (kind is 2 or 5 or 10 or 13)
        {
            int cells = BinaryPrimitives.ReadUInt16BigEndian(page[(header + 3)..]);
            int start = header + (kind is 2 or 5 ? 12 : 8) + 2 * cells;
            int end = BinaryPrimitives.ReadUInt16BigEndian(page[(header + 5)..]);
            if (start < end && end <= PageBytes)
            {
                // Deleted cells may have left something in between; the zeros before it still count.
                int firstByte = page[start..end].IndexOfAnyExcept((byte)0);
                return ((ushort)start, (ushort)(firstByte < 0 ? end - start : firstByte));
            }
        }
        int used = page.LastIndexOfAnyExcept((byte)0) + 1;
        return ((ushort)used, (ushort)(PageBytes - used));
    }
}
