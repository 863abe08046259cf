using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Catalogue;

/// <summary>
/// The catalogue's snapshot, so that a start replays only the journal's end. Little-endian: magic (8 bytes), the address to replay
/// the journal from (8), the number of entries (8), the entries (address of the object, newest record, the head that the database
/// file is at, summary), and a CRC-32C of all that (4). Written beside the old one, flushed and renamed.
/// </summary>
internal static class CatalogueFile
{
    private const long Magic = 0x31_47_4c_54_43_4f_44;
    private const int HeaderBytes = 24;
    private const int ChecksumBytes = 4;

    /// <param name="path">The file.</param>
    /// <param name="replayFrom">Every commit that is not in the entries lies in the journal from here on.</param>
    /// <param name="entries">The entries; they may be newer than the address, which costs nothing.</param>
    public static void Write(string path, long replayFrom, IEnumerable<CatalogueEntry> entries)
    {
        string writing = path + ".writing";
        using (MemoryStream content = new())
        {
            content.SetLength(HeaderBytes);
            content.Position = HeaderBytes;
            long count = 0;
            byte[] buffer = [];
            foreach (CatalogueEntry entry in entries.Where(entry => entry.LastRecord >= 0))
            {
                // Read once: commits go on meanwhile, and the next summary, or a name learnt by then, may have another length.
                ObjectSummary summary = entry.Summary;
                ObjectAddress address = entry.Address;
                int size = FieldSize.Address(address) + 8 + FieldSize.Head + FieldSize.Summary(summary);
                if (buffer.Length < size)
                {
                    buffer = new byte[size * 2];
                }
                WriteEntry(new FieldWriter(buffer), address, entry, summary);
                content.Write(buffer, 0, size);
                count++;
            }
            FieldWriter header = new(content.GetBuffer().AsSpan(0, HeaderBytes));
            header.Int64(Magic);
            header.Int64(replayFrom);
            header.Int64(count);
            content.Write(BitConverter.GetBytes(Crc32C.Compute(content.GetBuffer().AsSpan(0, (int)content.Length))));
            using FileStream file = new(writing, FileMode.Create, FileAccess.Write, FileShare.None);
            content.WriteTo(file);
            file.Flush(flushToDisk: true);
        }
        File.Move(writing, path, overwrite: true);
        new DiskFolder(Path.GetDirectoryName(path)!).Flush();
    }

    /// <summary>Reads the snapshot into the catalogue.</summary>
    /// <returns>The address to replay the journal from; null if there is no snapshot, or none that can be believed.</returns>
    public static long? Read(string path, ObjectCatalogue catalogue)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        byte[] content = File.ReadAllBytes(path);
        int body = content.Length - ChecksumBytes;
        if (body < HeaderBytes
            || BitConverter.ToUInt32(content, body) != Crc32C.Compute(content.AsSpan(0, body))
            || BitConverter.ToInt64(content) != Magic)
        {
            return null;
        }
        FieldReader reader = new(content.AsSpan(8, body - 8));
        long replayFrom = reader.Int64();
        for (long left = reader.Int64(); left > 0; left--)
        {
            CatalogueEntry entry = catalogue.FindOrNew(reader.Address());
            long record = reader.Int64();
            Head fileHead = reader.Head();
            catalogue.Committed(entry, reader.Summary(), record);
            entry.LastAppended = record;
            entry.FileHead = fileHead == Head.None ? null : fileHead;
        }
        return replayFrom;
    }

    private static void WriteEntry(FieldWriter writer, ObjectAddress address, CatalogueEntry entry, ObjectSummary summary)
    {
        writer.Address(address);
        writer.Int64(entry.LastRecord);
        writer.Head(entry.FileHead ?? Head.None);
        writer.Summary(summary);
    }
}
