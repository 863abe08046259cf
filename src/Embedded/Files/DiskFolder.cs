namespace DurableObjects.Embedded.Files;

/// <summary>A folder on disk. Created, and its creation made durable, if it does not exist.</summary>
internal sealed class DiskFolder : IFolder
{
    /// <summary>Opens or creates the folder.</summary>
    public DiskFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(Path))
            return;
        var missing = new Stack<string>();
        for (var folder = Path; folder is not null && !Directory.Exists(folder); folder = System.IO.Path.GetDirectoryName(folder))
            missing.Push(folder);
        Directory.CreateDirectory(Path);
        foreach (var created in missing)
        {
            if (System.IO.Path.GetDirectoryName(created) is { } parent)
                Flush(parent);
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => [.. Directory.EnumerateFiles(Path).Select(file => System.IO.Path.GetFileName(file))];

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFolders() =>
        [.. Directory.EnumerateDirectories(Path).Select(folder => System.IO.Path.GetFileName(folder))];

    /// <inheritdoc/>
    public IFolder Folder(string name) => new DiskFolder(System.IO.Path.Combine(Path, name));

    /// <inheritdoc/>
    public IFile Open(string name) => new DiskFile(System.IO.Path.Combine(Path, name), FileMode.Open);

    /// <inheritdoc/>
    public IFile OpenForReading(string name) =>
        new DiskFile(System.IO.Path.Combine(Path, name), FileMode.Open, FileAccess.Read);

    /// <inheritdoc/>
    public IFile Create(string name) => new DiskFile(System.IO.Path.Combine(Path, name), FileMode.CreateNew);

    /// <inheritdoc/>
    public void Rename(string from, string to) =>
        File.Move(System.IO.Path.Combine(Path, from), System.IO.Path.Combine(Path, to), overwrite: true);

    /// <inheritdoc/>
    public void Delete(string name) => File.Delete(System.IO.Path.Combine(Path, name));

    /// <inheritdoc/>
    public void Flush() => Flush(Path);

    // Elsewhere folders cannot be flushed by portable means; NTFS and APFS journal their names themselves.
    private static void Flush(string path)
    {
        if (OperatingSystem.IsLinux())
            LinuxSync.FlushFolder(path);
    }
}
