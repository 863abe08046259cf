using DurableObjects.Archive;
using DurableObjects.Embedded.Files;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Catalogue;

/// <summary>
/// The catalogue's snapshot, so that a start replays only the journal's end, and what says how far archives have come. Little-endian:
/// magic (8 bytes), the address to replay the journal from (8), the number of entries (8), the entries (<see cref="WriteEntry"/>), and
/// a CRC-32C of all that (4). Written beside the old one, flushed and renamed; the old one is kept under another name.
/// </summary>
internal static class CatalogueFile
{
    /// <summary>The file's name.</summary>
    public const string Name = "catalogue";

    /// <summary>The name of the snapshot before, which is read if the newest is damaged.</summary>
    public const string PreviousName = Name + ".previous";

    private const string Writing = Name + ".writing";
    private const long Magic = 0x33_47_4c_54_43_4f_44;

    /// <summary>The byte of the magic that tells the version.</summary>
    private const long VersionMask = 0xffL << 48;
    private const int HeaderBytes = 24;
    private const int ChecksumBytes = 4;

    /// <param name="folder">Where the file is.</param>
    /// <param name="replayFrom">Every commit that is not in the entries lies in the journal from here on.</param>
    /// <param name="entries">The entries; they may be newer than the address, which costs nothing.</param>
    public static void Write(IFolder folder, long replayFrom, IEnumerable<CatalogueEntry> entries)
    {
        using MemoryStream content = new();
        content.SetLength(HeaderBytes);
        content.Position = HeaderBytes;
        long count = 0;
        byte[] buffer = [];
        foreach (CatalogueEntry entry in entries.Where(entry => entry.LastRecord >= 0))
        {
            // Read once: commits go on meanwhile, and the next summary, or a name learnt by then, may have another length.
            ObjectSummary summary = entry.Summary;
            ObjectAddress address = entry.Address;
            ArchivePosition? archive = entry.Archive;
            string? piece = archive?.Newest.FileName;
            int size = FieldSize.Address(address) + 8 + 8 + 8 + FieldSize.Head + 4 + FieldSize.Text(piece)
                + (archive is null ? 0 : FieldSize.Head + 8) + FieldSize.Summary(summary);
            if (buffer.Length < size)
            {
                buffer = new byte[size * 2];
            }
            WriteEntry(new FieldWriter(buffer), address, entry, piece, archive, summary);
            content.Write(buffer, 0, size);
            count++;
        }
        FieldWriter header = new(content.GetBuffer().AsSpan(0, HeaderBytes));
        header.Int64(Magic);
        header.Int64(replayFrom);
        header.Int64(count);
        content.Write(BitConverter.GetBytes(Crc32C.Compute(content.GetBuffer().AsSpan(0, (int)content.Length))));
        folder.Delete(Writing);
        using (IFile file = folder.Create(Writing))
        {
            file.Write(content.GetBuffer().AsSpan(0, (int)content.Length), 0);
            file.Flush();
        }
        if (folder.List().Contains(Name))
        {
            folder.Rename(Name, PreviousName);
        }
        folder.Rename(Writing, Name);
        folder.Flush();
    }

    /// <summary>Reads a snapshot into the catalogue.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="name"><see cref="Name"/> or <see cref="PreviousName"/>.</param>
    /// <param name="catalogue">The catalogue, empty.</param>
    /// <returns>The address to replay the journal from; null if there is no snapshot, or none that can be believed.</returns>
    /// <exception cref="NotSupportedException">It is of another version.</exception>
    public static long? Read(IFolder folder, string name, ObjectCatalogue catalogue)
    {
        if (!folder.List().Contains(name))
        {
            return null;
        }
        byte[] content;
        using (IFile file = folder.OpenForReading(name))
        {
            content = new byte[file.Length];
            file.Read(content, 0);
        }
        int body = content.Length - ChecksumBytes;
        if (body < HeaderBytes
            || BitConverter.ToUInt32(content, body) != Crc32C.Compute(content.AsSpan(0, body))
            || ((BitConverter.ToInt64(content) ^ Magic) & ~VersionMask) != 0)
        {
            return null;
        }
        if (BitConverter.ToInt64(content) != Magic)
        {
            throw new NotSupportedException(
                $"{Path.Combine(folder.Path, name)} has the format of another version of the host. Start the version that wrote it.");
        }
        FieldReader reader = new(content.AsSpan(8, body - 8));
        long replayFrom = reader.Int64();
        for (long left = reader.Int64(); left > 0; left--)
        {
            ReadEntry(ref reader, catalogue);
        }
        return replayFrom;
    }

    /// <summary>
    /// The object; its first, newest and newest whole commit in the journal (8 each); the head that the database file is at (24, zeros
    /// if not known) and its CRC-32C (4); the last part of its archive's newest piece's name, or null; if there is one, the head archived (24) and the bytes
    /// since its newest base (8); the summary.
    /// </summary>
    private static void WriteEntry(
        FieldWriter writer, ObjectAddress address, CatalogueEntry entry, string? piece, ArchivePosition? archive,
        ObjectSummary summary)
    {
        writer.Address(address);
        writer.Int64(entry.FirstRecord);
        writer.Int64(entry.LastRecord);
        writer.Int64(entry.LastWhole);
        writer.Head(entry.FileHead ?? Head.None);
        writer.Int32(unchecked((int)(entry.FileChecksum ?? 0)));
        writer.Text(piece);
        if (archive is not null)
        {
            writer.Head(archive.Head);
            writer.Int64(archive.BytesSinceBase);
        }
        writer.Summary(summary);
    }

    private static void ReadEntry(ref FieldReader reader, ObjectCatalogue catalogue)
    {
        ObjectAddress address = reader.Address();
        CatalogueEntry entry = catalogue.FindOrNew(address);
        entry.FirstRecord = reader.Int64();
        long record = reader.Int64();
        entry.LastWhole = reader.Int64();
        Head fileHead = reader.Head();
        uint fileChecksum = unchecked((uint)reader.Int32());
        entry.FileHead = fileHead == Head.None ? null : fileHead;
        entry.FileChecksum = fileHead == Head.None ? null : fileChecksum;
        if (reader.Text() is { } piece)
        {
            entry.Archive = PieceName.TryParse($"{address.ClassName}/{address.Id}/{piece}", out PieceName? newest)
                ? new ArchivePosition(reader.Head(), newest, reader.Int64())
                : throw new InvalidDataException($"The catalogue names '{piece}' as the newest piece of {address}'s archive.");
        }
        catalogue.Set(entry, reader.Summary(), record);
        entry.ForgetAppended();
    }
}
