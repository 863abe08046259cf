using DurableObjects.Archive;
using DurableObjects.History;
using DurableObjects.Turns;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Databases;

/// <summary>
/// A closed database file and what is known of it: the head that it is at, and its checksum, since what lies on a disk may rot. It is
/// good for a head and for no other; there are no older or newer ones to be brought forward.
/// </summary>
internal sealed class CachedFile(string path, ILogger logger)
{
    private Head? _head;
    private uint _checksum;

    public string Path { get; } = path;

    /// <summary>Bytes that it takes on the disk, as last measured; 0 if there is none.</summary>
    public long Bytes { get; private set; }

    /// <summary>The file was closed at a head.</summary>
    public void Closed(Head head)
    {
        _checksum = Checksum();
        Measure();
        _head = head;
    }

    /// <summary>Looks what the file and its log take on the disk.</summary>
    public void Measure() => Bytes = LengthOf(Path) + LengthOf(Path + "-wal");

    /// <summary>The file is in use, and proves nothing until it is closed again.</summary>
    public void Opened() => _head = null;

    /// <summary>Deletes the file.</summary>
    public void Delete()
    {
        _head = null;
        Bytes = 0;
        DatabaseFile.Delete(Path);
    }

    /// <summary>Brings the file to a head: it is there already, or it is made from the history.</summary>
    /// <exception cref="InvalidDataException">The history is not what was written.</exception>
    public async ValueTask BringToAsync(Head head, IObjectHistory? history, CancellationToken cancellation)
    {
        if (_head == head && IsAsLeft())
        {
            return;
        }
        _head = null;
        if (head.Commit == 0)
        {
            DatabaseFile.WriteEmpty(Path);
            return;
        }
        if (history is null)
        {
            throw new InvalidDataException($"There is no history for the head {head}.");
        }
        await DatabaseFile.RebuildAsync(
            Path, history.NewestFirstAsync(head.Commit, head.Commit, null, cancellation), cancellation);
    }

    private static long LengthOf(string path)
    {
        FileInfo file = new(path);
        return file.Exists ? file.Length : 0;
    }

    private bool IsAsLeft()
    {
        if (!File.Exists(Path))
        {
            return false;
        }
        DatabaseFile.DeleteLog(Path);
        if (Checksum() == _checksum)
        {
            return true;
        }
        logger.DatabaseDamaged(Path);
        return false;
    }

    private uint Checksum()
    {
        using FileStream file = new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        byte[] buffer = new byte[(int)Math.Min(Math.Max(file.Length, 1), 1 << 20)];
        uint checksum = 0;
        for (int count; (count = file.Read(buffer)) > 0;)
        {
            checksum = Crc32C.Compute(buffer.AsSpan(0, count), checksum);
        }
        return checksum;
    }
}
