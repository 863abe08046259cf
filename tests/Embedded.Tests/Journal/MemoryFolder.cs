using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;

namespace DurableObjects.Embedded.Tests.Journal;

/// <summary>
/// A folder in memory that knows what a power failure would leave: of everything not flushed, any part. It can be told to fail
/// or to pause before an operation.
/// </summary>
internal sealed class MemoryFolder : IFolder
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MemoryFile> _files = [];
    private readonly Dictionary<string, MemoryFolder> _folders = [];
    private Dictionary<string, MemoryFile> _durable = [];

    /// <summary>Called before each operation that changes something, with its kind: write, flush, length, create, delete, folder.</summary>
    public Action<string>? Before { get; set; }

    public List<string> Operations { get; } = [];

    public string Path => "/memory";

    public MemoryFile this[string name] => _files[name];

    public IReadOnlyList<string> List() => [.. _files.Keys];

    public IReadOnlyList<string> ListFolders() => [.. _folders.Keys];

    /// <summary>A folder below shares what is called before its operations; its creation is durable at once.</summary>
    public IFolder Folder(string name)
    {
        lock (_gate)
        {
            return _folders.TryGetValue(name, out var folder)
                ? folder
                : _folders[name] = new MemoryFolder { Before = operation => Before?.Invoke(operation) };
        }
    }

    public IFile Open(string name) =>
        _files.TryGetValue(name, out var file) ? file : throw new FileNotFoundException("There is no such file.", name);

    public IFile OpenForReading(string name) => Open(name);

    public void Rename(string from, string to)
    {
        Enter("rename", from);
        lock (_gate)
        {
            _files[to] = _files[from];
            _files.Remove(from);
        }
    }

    public IFile Create(string name)
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

    /// <summary>A folder below, to be looked into.</summary>
    public MemoryFolder Below(string name) => (MemoryFolder)Folder(name);

    public void Put(string name, byte[] content) => _files[name] = new MemoryFile(this, name) { Content = content };

    public void Remove(string name) => _files.Remove(name);

    public byte[] Get(string name) => _files[name].Content;

    /// <summary>The folder as it may be found after the power failed now.</summary>
    public MemoryFolder AfterPowerFailure(Random random)
    {
        var after = new MemoryFolder();
        foreach (var name in _files.Keys.Union(_durable.Keys))
        {
            var kept = _files.TryGetValue(name, out var file) && _durable.ContainsKey(name) || random.Next(2) == 0;
            if (kept)
                after.Put(name, (file ?? _durable[name]).AfterPowerFailure(random));
        }
        foreach (var (name, folder) in _folders)
            after._folders[name] = folder.AfterPowerFailure(random);
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
