using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Databases;

/// <summary>
/// A folder of this process for databases, which are a cache of what the entities' states and the archive say. It goes when the process
/// ends; what a killed one left, the next one deletes. Nothing in it is ever believed by another process.
/// </summary>
public sealed class CacheFolder : IDisposable
{
    private const string LockFile = "lock";

    private readonly FileStream _lock;

    /// <summary>Makes a folder.</summary>
    /// <param name="root">Under this one; null for the system's folder of temporary files.</param>
    /// <param name="logger">Told of what could not be deleted.</param>
    public CacheFolder(string? root, ILogger<CacheFolder> logger)
    {
        string parent = root ?? System.IO.Path.Combine(System.IO.Path.GetTempPath(), "durable-objects");
        Directory.CreateDirectory(parent);
        Path = System.IO.Path.Combine(parent, Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(Path);
        _lock = new FileStream(System.IO.Path.Combine(Path, LockFile), FileMode.Create, FileAccess.Write, FileShare.None);
        DeleteLeft(parent, logger);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The file of an object's database.</summary>
    /// <param name="kind">What it is for: turns and reads each have their own.</param>
    /// <param name="id">The object.</param>
    public string FileOf(string kind, ObjectId id)
    {
        string digits = id.ToString();
        string folder = System.IO.Path.Combine(Path, kind, digits[..2]);
        Directory.CreateDirectory(folder);
        return System.IO.Path.Combine(folder, $"{digits}.sqlite");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    private void DeleteLeft(string parent, ILogger logger)
    {
        foreach (string folder in Directory.GetDirectories(parent).Where(folder => folder != Path))
        {
            try
            {
                string left = System.IO.Path.Combine(folder, LockFile);
                if (File.Exists(left))
                {
                    // Whoever is alive holds it.
                    using FileStream held = new(left, FileMode.Open, FileAccess.Write, FileShare.None);
                }
                else if (Directory.GetCreationTimeUtc(folder) > Directory.GetCreationTimeUtc(Path).AddMinutes(-1))
                {
                    continue;
                }
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                logger.FolderLeft(folder, error.Message);
            }
        }
    }
}
