using Microsoft.Win32.SafeHandles;

namespace DurableObjects.Embedded.Files;

/// <summary>A file on disk, written through the page cache.</summary>
internal sealed class DiskFile : IFile
{
    private readonly SafeFileHandle _handle;

    // A new file and a changed length get the full flush once; after that, the batches' flush need not write an inode whose
    // only news is the time of the last write.
    private bool _metadataChanged = true;

    public DiskFile(string path, FileMode mode, FileAccess access = FileAccess.ReadWrite)
    {
        Path = path;
        _handle = File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public long Length => RandomAccess.GetLength(_handle);

    /// <inheritdoc/>
    public int Read(Span<byte> destination, long offset)
    {
        var total = 0;
        while (total < destination.Length)
        {
            var count = RandomAccess.Read(_handle, destination[total..], offset + total);
            if (count == 0)
                break;
            total += count;
        }
        return total;
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> source, long offset) => RandomAccess.Write(_handle, source, offset);

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        _metadataChanged = true;
        RandomAccess.SetLength(_handle, length);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(_handle);
        }
        else if (_metadataChanged)
        {
            LinuxSync.Flush(_handle, Path);
            _metadataChanged = false;
        }
        else
        {
            LinuxSync.FlushData(_handle, Path);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
