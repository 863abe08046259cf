using DurableObjects.Embedded.Journal;

namespace DurableObjects.Embedded.Tests.Journal;

/// <summary>
/// A folder in memory that knows what a power failure would leave: of everything not flushed, any part. It can be told to fail
/// or to pause before an operation; of a write that fails some is done, and of a flush that fails some is lost for good
/// (<see cref="MemoryFile"/>).
/// </summary>
internal sealed class MemoryFolder : IJournalFolder
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MemoryFile> _files = [];
    private Dictionary<string, MemoryFile> _durable = [];

    /// <summary>Called before each operation that changes something, with its kind: write, flush, length, create, delete, folder.</summary>
    public Action<string>? Before { get; set; }

    /// <summary>Decides what is left of operations that fail.</summary>
    public Random Random { get; init; } = new(0);

    public List<string> Operations { get; } = [];

    public string Path => "/memory";

    public MemoryFile this[string name] => _files[name];

    public IReadOnlyList<string> List() => [.. _files.Keys];

    public IJournalFile Open(string name) => _files[name];

    public IJournalFile Create(string name)
    {
        Enter("create", name);
        lock (_gate)
        {
            if (_files.ContainsKey(name))
                throw new IOException("The file exists.");
            return _files[name] = new MemoryFile(this, name);
        }
    }

    public void Delete(string name)
    {
        Enter("delete", name);
        lock (_gate)
            _files.Remove(name);
    }

    public void Flush()
    {
        Enter("folder", Path);
        lock (_gate)
            _durable = new(_files);
    }

    public void Put(string name, byte[] content) => _files[name] = new MemoryFile(this, name) { Content = content };

    public void Remove(string name) => _files.Remove(name);

    public byte[] Get(string name) => _files[name].Content;

    /// <summary>The folder as it may be found after the power failed now.</summary>
    public MemoryFolder AfterPowerFailure(Random random)
    {
        var after = new MemoryFolder { Random = Random };
        foreach (var name in _files.Keys.Union(_durable.Keys))
        {
            var kept = _files.TryGetValue(name, out var file) && _durable.ContainsKey(name) || random.Next(2) == 0;
            if (kept)
                after.Put(name, (file ?? _durable[name]).AfterPowerFailure(random));
        }
        after._durable = new(after._files);
        return after;
    }

    internal void Enter(string operation, string name)
    {
        lock (_gate)
            Operations.Add($"{operation} {name}");
        Before?.Invoke(operation);
    }
}
