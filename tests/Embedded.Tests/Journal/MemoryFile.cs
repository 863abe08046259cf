using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;

namespace DurableObjects.Embedded.Tests.Journal;

/// <summary>
/// A file of <see cref="MemoryFolder"/>: what programs see of it, and what the disk has. Between the two stand the sectors, and the
/// length, that were changed and not flushed. A flush that fails takes some of them to the disk, and forgets of all of them that they
/// are to be written, as Linux does; what is shown of those it may read back from the disk at any time.
/// </summary>
internal sealed class MemoryFile(MemoryFolder folder, string name) : IFile
{
    private const int Sector = 512;
    private readonly Lock _gate = new();
    private readonly SortedSet<int> _dirty = [];
    private byte[] _content = [];
    private byte[] _disk = [];
    private bool _isLengthDirty;

    public byte[] Content
    {
        get => _content;
        init => (_content, _disk) = (value, value);
    }

    public string Path => folder.Path + "/" + name;

    public long Length => _content.Length;

    public int Read(Span<byte> destination, long offset)
    {
        lock (_gate)
        {
            int from = (int)Math.Min(offset, _content.Length);
            int count = Math.Min(destination.Length, _content.Length - from);
            _content.AsSpan(from, count).CopyTo(destination);
            return count;
        }
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        try
        {
            folder.Enter("write", name);
        }
        catch
        {
            // Some of it may have been taken.
            Put(source[..folder.Random.Next(source.Length + 1)], (int)offset);
            throw;
        }
        Put(source, (int)offset);
    }

    public void SetLength(long length)
    {
        folder.Enter("length", name);
        lock (_gate)
        {
            if (length == _content.Length)
            {
                return;
            }
            int from = (int)Math.Min(length, _content.Length);
            _dirty.RemoveWhere(sector => sector * Sector >= length);
            Array.Resize(ref _content, (int)length);
            Touch(from, (int)length - from);
            _isLengthDirty = true;
        }
    }

    public void Flush()
    {
        try
        {
            folder.Enter("flush", name);
        }
        catch
        {
            Lose();
            throw;
        }
        lock (_gate)
        {
            // A length that a flush has lost stays lost, unless sectors are written there.
            int touched = Math.Min(_content.Length, _dirty.Count == 0 ? 0 : (_dirty.Max + 1) * Sector);
            _disk = Written(_ => true, _isLengthDirty ? _content.Length : Math.Max(_disk.Length, touched));
            _dirty.Clear();
            _isLengthDirty = false;
        }
    }

    public void Dispose()
    {
    }

    /// <summary>What the disk holds after the power failed: of what was not flushed, any part.</summary>
    public byte[] AfterPowerFailure(Random random)
    {
        lock (_gate)
        {
            return Written(_ => random.Next(2) == 0, SomeLength(random));
        }
    }

    private void Put(ReadOnlySpan<byte> source, int offset)
    {
        lock (_gate)
        {
            byte[] content = new byte[Math.Max(_content.Length, offset + source.Length)];
            _content.CopyTo(content, 0);
            source.CopyTo(content.AsSpan(offset));
            _isLengthDirty |= content.Length > _content.Length;
            _content = content;
            Touch(offset, source.Length);
        }
    }

    private void Touch(int offset, int count)
    {
        for (int sector = offset / Sector; count > 0 && sector <= (offset + count - 1) / Sector; sector++)
        {
            _dirty.Add(sector);
        }
    }

    private void Lose()
    {
        lock (_gate)
        {
            _disk = Written(_ => folder.Random.Next(2) == 0, SomeLength(folder.Random));
            _content = [.. _content];
            foreach (int sector in _dirty.Where(_ => folder.Random.Next(2) == 0))
            {
                int at = sector * Sector;
                int count = Math.Min(Sector, Math.Min(_content.Length, _disk.Length) - at);
                if (count > 0)
                {
                    _disk.AsSpan(at, count).CopyTo(_content.AsSpan(at));
                }
            }
            _dirty.Clear();
            _isLengthDirty = false;
        }
    }

    private int SomeLength(Random random)
    {
        (int shorter, int longer) = (Math.Min(_content.Length, _disk.Length), Math.Max(_content.Length, _disk.Length));
        return !_isLengthDirty
            ? _disk.Length
            : random.Next(3) switch { 0 => _content.Length, 1 => _disk.Length, _ => random.Next(shorter, longer + 1) };
    }

    /// <summary>The disk with those changed sectors written that are chosen, at a length.</summary>
    private byte[] Written(Func<int, bool> isChosen, int length)
    {
        byte[] written = new byte[length];
        _disk.AsSpan(0, Math.Min(length, _disk.Length)).CopyTo(written);
        foreach (int sector in _dirty.Where(isChosen))
        {
            int at = sector * Sector;
            int count = Math.Min(Sector, Math.Min(length, _content.Length) - at);
            if (count > 0)
            {
                _content.AsSpan(at, count).CopyTo(written.AsSpan(at));
            }
        }
        return written;
    }
}
