using DurableObjects.Embedded.Files;

namespace DurableObjects.Embedded.Tests.Disk;

/// <summary>
/// A file of <see cref="MemoryFolder"/>: what programs see of it, and of every sector that was written since it was last flushed, what
/// it held before. So a write costs what it writes, and a flush what was written. A flush that fails takes some of the sectors to the
/// disk, and forgets of all of them that they are to be written, as Linux does; what is shown of those it may read back at any time.
/// </summary>
internal sealed class MemoryFile(MemoryFolder folder, string name) : IFile
{
    private const int Sector = 512;
    private const int SmallestCapacity = 1_024;

    private readonly Lock _gate = new();

    // Of each sector not yet flushed, all that the disk may hold beside what is in the file now; the first is what it held durably.
    private readonly Dictionary<int, List<byte[]>> _unflushed = [];

    // Of each sector whose flush failed, what the disk holds instead: the page cache believes that it has been written.
    private readonly Dictionary<int, byte[]> _dropped = [];
    private byte[] _buffer = [];
    private int _length;
    private int _durableLength;
    private bool _isLengthChanged;

    /// <summary>The bytes of the file themselves: to change one is to damage the disk.</summary>
    public byte[] Content
    {
        get
        {
            lock (_gate)
            {
                Array.Resize(ref _buffer, _length);
                return _buffer;
            }
        }
        init
        {
            _buffer = value;
            _length = _durableLength = value.Length;
        }
    }

    public string Path => folder.Path + "/" + name;

    public long Length => Volatile.Read(ref _length);

    public int Read(Span<byte> destination, long offset)
    {
        folder.EnterRead(Path);
        lock (_gate)
        {
            int from = (int)Math.Min(offset, _length);
            int count = Math.Min(destination.Length, _length - from);
            _buffer.AsSpan(from, count).CopyTo(destination);
            return count;
        }
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        int taken = folder.Take(source.Length);
        try
        {
            folder.Enter("write", name);
        }
        catch (Exception error) when (error is not PowerOffException)
        {
            // Some of it may have been taken.
            Put(source[..folder.Choose(source.Length + 1)], (int)offset);
            throw;
        }
        Put(source[..taken], (int)offset);
        if (taken < source.Length)
        {
            throw new IOException($"No space left on device : '{Path}'");
        }
    }

    public void SetLength(long length)
    {
        folder.Enter("length", name);
        lock (_gate)
        {
            int now = (int)length;
            if (now == _length)
            {
                return;
            }
            Remember(Math.Min(now, _length), Math.Max(now, _length));
            Reserve(now);
            if (now < _length)
            {
                _buffer.AsSpan(now, _length - now).Clear();
            }
            _length = now;
            _isLengthChanged = true;
        }
    }

    public void Flush()
    {
        try
        {
            folder.Enter("flush", name);
        }
        catch (Exception error) when (error is not PowerOffException)
        {
            Drop();
            throw;
        }
        lock (_gate)
        {
            // A length that a failed flush has lost stays lost, unless sectors are written there.
            int written = _unflushed.Count == 0 ? 0 : Math.Min(_length, (_unflushed.Keys.Max() + 1) * Sector);
            _durableLength = _isLengthChanged ? _length : Math.Max(_durableLength, written);
            _unflushed.Clear();
            if (_isLengthChanged)
            {
                foreach (int sector in _dropped.Keys.Where(sector => sector * Sector >= _length))
                {
                    _dropped.Remove(sector);
                }
            }
            _isLengthChanged = false;
        }
    }

    public void Dispose()
    {
    }

    /// <summary>What may be found after the power failed now: of each sector not flushed any of its contents, and any length.</summary>
    public byte[] AfterPowerFailure(int seed)
    {
        Random random = new(MemoryFolder.Mix(seed, Path));
        lock (_gate)
        {
            int length = SomeLength(random.Next);
            byte[] after = new byte[length];
            _buffer.AsSpan(0, Math.Min(length, _length)).CopyTo(after);
            foreach ((int sector, List<byte[]> before) in _unflushed.OrderBy(one => one.Key))
            {
                int choice = random.Next(before.Count + 1);
                if (choice < before.Count)
                {
                    Put(after, sector, before[choice]);
                }
            }
            foreach ((int sector, byte[] before) in _dropped.Where(one => !_unflushed.ContainsKey(one.Key)))
            {
                Put(after, sector, before);
            }
            return after;
        }
    }

    private static void Put(byte[] file, int sector, byte[] content)
    {
        int at = sector * Sector;
        if (at < file.Length)
        {
            content.AsSpan(0, Math.Min(Sector, file.Length - at)).CopyTo(file.AsSpan(at));
        }
    }

    /// <summary>Takes a part of what was to be flushed to the disk, and forgets of all of it that it is to be written.</summary>
    private void Drop()
    {
        lock (_gate)
        {
            _durableLength = SomeLength(folder.Choose);
            _isLengthChanged = false;
            foreach ((int sector, List<byte[]> before) in _unflushed.OrderBy(one => one.Key))
            {
                int at = sector * Sector;
                if (at < _length && folder.Choose(2) == 0)
                {
                    continue;
                }
                _dropped[sector] = before[0];
                int count = Math.Min(Sector, Math.Min(_length, _durableLength) - at);
                if (count > 0 && folder.Choose(2) == 0)
                {
                    // What is not to be written any more may be read back from the disk.
                    before[0].AsSpan(0, count).CopyTo(_buffer.AsSpan(at));
                }
            }
            _unflushed.Clear();
        }
    }

    private int SomeLength(Func<int, int> choose)
    {
        int shorter = Math.Min(_length, _durableLength);
        return !_isLengthChanged
            ? _durableLength
            : choose(3) switch
            {
                0 => _length,
                1 => _durableLength,
                _ => shorter + choose(Math.Max(_length, _durableLength) - shorter + 1),
            };
    }

    private void Put(ReadOnlySpan<byte> source, int offset)
    {
        if (source.IsEmpty)
        {
            return;
        }
        lock (_gate)
        {
            int end = offset + source.Length;
            Remember(Math.Min(offset, _length), end);
            Reserve(end);
            source.CopyTo(_buffer.AsSpan(offset));
            _isLengthChanged |= end > _length;
            _length = Math.Max(_length, end);
        }
    }

    private void Remember(int from, int end)
    {
        for (int sector = from / Sector; sector * Sector < end; sector++)
        {
            byte[] before = new byte[Sector];
            int at = sector * Sector;
            if (at < _length)
            {
                _buffer.AsSpan(at, Math.Min(Sector, _length - at)).CopyTo(before);
            }
            if (!_unflushed.TryGetValue(sector, out List<byte[]>? versions))
            {
                _unflushed[sector] = versions = [];
                if (_dropped.Remove(sector, out byte[]? dropped))
                {
                    versions.Add(dropped);
                }
            }
            versions.Add(before);
        }
    }

    private void Reserve(int length)
    {
        if (_buffer.Length < length)
        {
            Array.Resize(ref _buffer, Math.Max(SmallestCapacity, Math.Max(length, 2 * _buffer.Length)));
        }
    }
}
