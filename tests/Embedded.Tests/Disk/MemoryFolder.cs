using DurableObjects.Embedded.Files;

namespace DurableObjects.Embedded.Tests.Disk;

/// <summary>
/// A folder in memory, with all below it, that knows what a power failure would leave: of everything not flushed, any part. It can be
/// told to fail or to pause before an operation; of a write that fails some is done, and of a flush that fails some is lost for good.
/// </summary>
internal sealed class MemoryFolder : IFolder
{
    private readonly Lock _gate = new();
    private readonly MemoryFolder _root;
    private readonly Dictionary<string, MemoryFile> _files = [];
    private readonly Dictionary<string, MemoryFolder> _folders = [];
    private readonly List<Action<Names, Random>> _unflushed = [];
    private readonly Names _durable = new([], []);

    public MemoryFolder()
    {
        _root = this;
        Path = "/memory";
    }

    private MemoryFolder(MemoryFolder parent, string name)
    {
        _root = parent._root;
        Path = parent.Path + "/" + name;
    }

    /// <summary>
    /// Called before each operation that changes something, here or below, with its kind: write, flush, length, create, rename, delete,
    /// folder (the flush of one), make (of one).
    /// </summary>
    public Action<string>? Before { get; set; }

    /// <summary>The same with the path of the file or folder, and for reads too.</summary>
    public Action<string, string>? BeforeAt { get; set; }

    /// <summary>Decides what is left of operations that fail.</summary>
    public Random Random { get; init; } = new(0);

    /// <summary>Bytes that can still be written, here and below, before the disk is full; null for any number.</summary>
    public long? Room { get; set; }

    /// <summary>What was done in this folder itself.</summary>
    public List<string> Operations { get; } = [];

    public string Path { get; }

    internal MemoryFile this[string name]
    {
        get
        {
            lock (_gate)
            {
                return _files[name];
            }
        }
    }

    public IReadOnlyList<string> List()
    {
        EnterRead(Path);
        lock (_gate)
        {
            return [.. _files.Keys];
        }
    }

    public IReadOnlyList<string> ListFolders()
    {
        EnterRead(Path);
        lock (_gate)
        {
            return [.. _folders.Keys];
        }
    }

    public IFolder Folder(string name)
    {
        lock (_gate)
        {
            if (_folders.TryGetValue(name, out MemoryFolder? there))
            {
                return there;
            }
        }
        Enter("make", name);
        lock (_gate)
        {
            if (_folders.TryGetValue(name, out MemoryFolder? meanwhile))
            {
                return meanwhile;
            }
            MemoryFolder made = new(this, name);
            _folders.Add(name, made);
            _unflushed.Add((names, _) => names.Folders.TryAdd(name, made));
            return made;
        }
    }

    public IFile Open(string name)
    {
        EnterRead(Path + "/" + name);
        lock (_gate)
        {
            return _files.TryGetValue(name, out MemoryFile? file)
                ? file
                : throw new FileNotFoundException($"There is no {Path}/{name}.", name);
        }
    }

    public IFile OpenForReading(string name) => Open(name);

    public IFile Create(string name)
    {
        Enter("create", name);
        lock (_gate)
        {
            MemoryFile file = new(this, name);
            if (!_files.TryAdd(name, file))
            {
                throw new IOException($"{Path}/{name} exists.");
            }
            _unflushed.Add((names, _) => names.Files[name] = file);
            return file;
        }
    }

    public void Rename(string from, string to)
    {
        Enter("rename", from);
        lock (_gate)
        {
            if (!_files.Remove(from, out MemoryFile? file))
            {
                throw new FileNotFoundException($"There is no {Path}/{from}.", from);
            }
            _files[to] = file;
            _unflushed.Add((names, random) =>
            {
                names.Files[to] = file;
                // Not every file system writes both names at once.
                if (names.Files.GetValueOrDefault(from) == file && random.Next(4) > 0)
                {
                    names.Files.Remove(from);
                }
            });
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            if (!_files.ContainsKey(name))
            {
                return;
            }
        }
        Enter("delete", name);
        lock (_gate)
        {
            if (_files.Remove(name, out MemoryFile? file))
            {
                _unflushed.Add((names, _) =>
                {
                    if (names.Files.GetValueOrDefault(name) == file)
                    {
                        names.Files.Remove(name);
                    }
                });
            }
        }
    }

    public void Flush()
    {
        Enter("folder", "");
        lock (_gate)
        {
            _unflushed.Clear();
            _durable.Files.Clear();
            _durable.Folders.Clear();
            foreach ((string name, MemoryFile file) in _files)
            {
                _durable.Files.Add(name, file);
            }
            foreach ((string name, MemoryFolder folder) in _folders)
            {
                _durable.Folders.Add(name, folder);
            }
        }
    }

    /// <summary>A folder below, to be looked into.</summary>
    public MemoryFolder Below(string name) => (MemoryFolder)Folder(name);

    /// <summary>Every file, here and below.</summary>
    public IEnumerable<(MemoryFolder Folder, string Name)> AllFiles() =>
        _files.Keys.Order(StringComparer.Ordinal).Select(name => (this, name))
            .Concat(_folders.OrderBy(one => one.Key, StringComparer.Ordinal).SelectMany(one => one.Value.AllFiles()));

    public void Put(string name, byte[] content)
    {
        MemoryFile file = new(this, name) { Content = content };
        _files[name] = file;
        _durable.Files[name] = file;
    }

    public void Remove(string name)
    {
        _files.Remove(name);
        _durable.Files.Remove(name);
    }

    public byte[] Get(string name) => this[name].Content;

    /// <summary>The same folder once more, with everything durable.</summary>
    public MemoryFolder Copy()
    {
        MemoryFolder copy = new() { Random = Random };
        CopyTo(copy);
        return copy;
    }

    /// <summary>The folder as it may be found after the power failed now.</summary>
    public MemoryFolder AfterPowerFailure(Random random) => AfterPowerFailure(null, "", random.Next());

    /// <summary>A number that follows from a seed and a path, in every process the same: what one file loses decides nothing for others.</summary>
    internal static int Mix(int seed, string path)
    {
        uint hash = 2_166_136_261;
        foreach (char one in path)
        {
            hash = (hash ^ one) * 16_777_619;
        }
        return unchecked((int)(hash ^ (uint)seed));
    }

    internal void Enter(string operation, string name)
    {
        string path = name.Length == 0 ? Path : Path + "/" + name;
        lock (_gate)
        {
            Operations.Add(name.Length == 0 ? $"{operation} {Path}" : $"{operation} {name}");
        }
        _root.Before?.Invoke(operation);
        _root.BeforeAt?.Invoke(operation, path);
    }

    /// <summary>A number below another one, for what is left of an operation that failed.</summary>
    internal int Choose(int below)
    {
        lock (_root._gate)
        {
            return _root.Random.Next(below);
        }
    }

    /// <summary>Takes room for a write; how many bytes there are for it.</summary>
    internal int Take(int bytes)
    {
        lock (_root._gate)
        {
            int taken = (int)Math.Min(bytes, _root.Room ?? bytes);
            _root.Room -= taken;
            return taken;
        }
    }

    internal void EnterRead(string path) => _root.BeforeAt?.Invoke("read", path);

    private void CopyTo(MemoryFolder copy)
    {
        foreach ((string name, MemoryFile file) in _files)
        {
            copy.Put(name, [.. file.Content]);
        }
        foreach ((string name, MemoryFolder folder) in _folders)
        {
            folder.CopyTo(copy._durable.Folders[name] = copy.Below(name));
        }
    }

    private MemoryFolder AfterPowerFailure(MemoryFolder? parent, string name, int seed)
    {
        Random random = new(Mix(seed, Path));
        MemoryFolder after = parent is null ? new MemoryFolder { Random = _root.Random } : new MemoryFolder(parent, name);
        lock (_gate)
        {
            Names names = new(new(_durable.Files), new(_durable.Folders));
            foreach (Action<Names, Random> change in _unflushed.Where(_ => random.Next(2) == 0))
            {
                change(names, random);
            }
            foreach ((string one, MemoryFile file) in names.Files)
            {
                after.Put(one, file.AfterPowerFailure(seed));
            }
            foreach ((string one, MemoryFolder folder) in names.Folders)
            {
                after._folders[one] = after._durable.Folders[one] = folder.AfterPowerFailure(after, one, seed);
            }
        }
        return after;
    }

    /// <summary>The names in a folder.</summary>
    private sealed record Names(Dictionary<string, MemoryFile> Files, Dictionary<string, MemoryFolder> Folders);
}
