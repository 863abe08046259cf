namespace DurableObjects.Embedded.Files;

/// <summary>A view into a file that reads ahead, so that scanning thousands of small batches is not thousands of reads.</summary>
internal sealed class FileWindow(IFile file)
{
    private const int ReadAheadBytes = 1 << 20;

    private byte[] _buffer = new byte[Math.Min(ReadAheadBytes, file.Length)];
    private long _start;
    private int _count;

    /// <summary>The bytes at an offset; fewer than asked for only where the file ends. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Get(long offset, int count)
    {
        if (offset < _start || offset + count > _start + _count)
        {
            if (_buffer.Length < count)
                _buffer = new byte[count];
            _count = 0;
            _start = offset;
            _count = file.Read(_buffer, offset);
        }
        var first = (int)(offset - _start);
        return _buffer.AsSpan(first, Math.Min(count, _count - first));
    }
}
