namespace DurableObjects.Embedded;

/// <summary>The folder that holds everything, owned by this process until it is disposed.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;
    private readonly string _building;

    /// <summary>Creates the folder if need be and takes it.</summary>
    /// <exception cref="InvalidOperationException">Another process has it.</exception>
    public DataFolder(string path)
    {
        Root = Path.GetFullPath(path);
        Directory.CreateDirectory(Root);
        string lockPath = Path.Combine(Root, "lock");
        try
        {
            _lock = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new InvalidOperationException(
                $"The data folder {Root} is in use by another process, or cannot be locked ({lockPath}: {error.Message}). "
                + "Stop that one, or name another folder.", error);
        }
        _building = Path.Combine(Root, "building");
        if (Directory.Exists(_building))
        {
            Directory.Delete(_building, recursive: true);
        }
        Directory.CreateDirectory(_building);
    }

    public string Root { get; }

    /// <summary>The database of an object. Spread over 256 folders for each class, since file systems dislike very large ones.</summary>
    public string Database(ObjectAddress address)
    {
        string id = address.Id.ToString();
        return Path.Combine(Root, "objects", address.ClassName, id[..2], id + ".sqlite");
    }

    /// <summary>
    /// Where a database of an object is put together that nobody serves. What a crash left there goes with the next start.
    /// </summary>
    public string Building(ObjectAddress address) => Path.Combine(_building, $"{address.Id}.sqlite");

    public void Dispose() => _lock.Dispose();
}
