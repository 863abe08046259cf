using System.Buffers;
using DurableObjects.Archive;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Journal;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Commits;

/// <summary>Brings an object's database file to its head from its history.</summary>
internal static class DatabaseFiles
{
    private const int ReadBytes = 256 * 1_024;

    /// <summary>Writes the file anew, unless it is known to be at the head already.</summary>
    /// <exception cref="DurableObjectException">
    /// The history is damaged (500): what is served would not be what was stored. Or the disk refused (503).
    /// </exception>
    public static async Task BringToHeadAsync(IObjectHistory history, CatalogueEntry entry, string path)
    {
        Head head = entry.Summary.Head;
        if (entry.FileHead == head && File.Exists(path))
        {
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (head.Commit == 0)
        {
            DatabaseFile.WriteEmpty(path);
            return;
        }
        try
        {
            await DatabaseFile.RebuildAsync(
                path, history.NewestFirstAsync(head.Commit, head.Commit, null, CancellationToken.None), CancellationToken.None);
        }
        catch (Exception error) when (IsDamage(error))
        {
            throw Damaged(entry.Address, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DurableObjectException(
                503, ErrorCodes.Unavailable, $"The database of {entry.Address} could not be brought to its head: {error.Message}", error)
            { Retryable = true };
        }
    }

    /// <summary>
    /// Compares a file that the last clean stop left with what the catalogue says of it, once: what lies on a disk may rot, and a stop's
    /// last renamings may be lost with the power. Read whole, which costs less than a rebuild.
    /// </summary>
    /// <returns>False if it is not the file that was left; it is not known to be at any head then.</returns>
    public static bool IsAsLeft(CatalogueEntry entry, string path)
    {
        if (entry.FileChecksum is not { } expected)
        {
            return true;
        }
        entry.FileChecksum = null;
        try
        {
            if (File.Exists(path))
            {
                DatabaseFile.DeleteLog(path);
                using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                if (Checksum(file) == expected)
                {
                    return true;
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What cannot be read is not what was left. It is written anew, and that says what is wrong if it cannot be either.
        }
        entry.FileHead = null;
        return false;
    }

    /// <summary>CRC-32C of a file.</summary>
    public static uint Checksum(FileStream file)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            uint checksum = 0;
            file.Position = 0;
            for (int count; (count = file.Read(buffer)) > 0;)
            {
                checksum = Crc32C.Compute(buffer.AsSpan(0, count), checksum);
            }
            return checksum;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Whether an error says that what is kept is not what was written.</summary>
    public static bool IsDamage(Exception error) => error is InvalidDataException or JournalCorruptException;

    /// <summary>The error of an object whose history is damaged.</summary>
    public static DurableObjectException Damaged(ObjectAddress address, Exception error) =>
        new(500, ErrorCodes.Corrupt, $"The history of {address} is damaged: {error.Message}", error);
}
