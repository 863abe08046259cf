using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;

namespace DurableObjects.Embedded.Tests.Journal;

/// <summary>A file of <see cref="MemoryFolder"/>: what it holds, and what of it has been flushed.</summary>
internal sealed class MemoryFile(MemoryFolder folder, string name) : IFile
{
    private const int Sector = 512;
    private readonly Lock _gate = new();
    private byte[] _content = [];
    private byte[] _durable = [];

    public byte[] Content
    {
        get => _content;
        init => _content = _durable = value;
    }

    public string Path => folder.Path + "/" + name;

    public long Length => _content.Length;

    public int Read(Span<byte> destination, long offset)
    {
        lock (_gate)
        {
            var from = (int)Math.Min(offset, _content.Length);
            var count = Math.Min(destination.Length, _content.Length - from);
            _content.AsSpan(from, count).CopyTo(destination);
            return count;
        }
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        folder.Enter("write", name);
        lock (_gate)
        {
            var content = new byte[Math.Max(_content.Length, offset + source.Length)];
            _content.CopyTo(content, 0);
            source.CopyTo(content.AsSpan((int)offset));
            _content = content;
        }
    }

    public void SetLength(long length)
    {
        folder.Enter("length", name);
        lock (_gate)
            Array.Resize(ref _content, (int)length);
    }

    public void Flush()
    {
        folder.Enter("flush", name);
        lock (_gate)
            _durable = _content;
    }

    public void Dispose()
    {
    }

    public byte[] AfterPowerFailure(Random random)
    {
        var (shorter, longer) = (Math.Min(_content.Length, _durable.Length), Math.Max(_content.Length, _durable.Length));
        var after = new byte[random.Next(3) switch { 0 => _content.Length, 1 => _durable.Length, _ => random.Next(shorter, longer + 1) }];
        for (var at = 0; at < after.Length; at += Sector)
        {
            var source = random.Next(2) == 0 ? _content : _durable;
            if (at < source.Length)
                source.AsSpan(at, Math.Min(Sector, Math.Min(source.Length, after.Length) - at)).CopyTo(after.AsSpan(at));
        }
        return after;
    }
}
