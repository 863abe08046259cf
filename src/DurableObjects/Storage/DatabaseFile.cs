using DurableObjects.History;
using DurableObjects.Storage;
using DurableObjects.Turns;
using Microsoft.Win32.SafeHandles;

namespace DurableObjects;

/// <summary>
/// The files of an object's database, which are a cache of its commits. A host brings them to the object's head before it
/// activates the object.
/// </summary>
public static class DatabaseFile
{
    /// <summary>
    /// The page at 1 GiB, by whose bytes SQLite locks and which it therefore never writes (sqlite.org/fileformat2.html, "The
    /// Lock-Byte Page").
    /// </summary>
    internal const uint LockPage = (1u << 30) / PageSet.PageBytes + 1;

    /// <summary>What a database is called while it is rebuilt.</summary>
    private const string Building = ".building";

    /// <summary>What holds the tables that a return to an earlier moment carries forward, while it lasts.</summary>
    internal const string Carry = "-carry";

    private static readonly string[] Suffixes = ["", "-wal", "-shm", "-journal", Building, Carry];

    /// <summary>Writes the database of an object that has never committed, in place of whatever is there.</summary>
    public static void WriteEmpty(string path)
    {
        Delete(path);
        File.WriteAllBytes(path, RuntimeSchema.Template.Span);
    }

    /// <summary>
    /// Writes the database that a history leaves, in place of whatever is there. The history comes newest first and may stop as
    /// soon as every page was in it.
    /// </summary>
    /// <param name="path">The database file.</param>
    /// <param name="newestFirst">The pages of the commits, the head's first.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="InvalidDataException">The history ends before every page was in it.</exception>
    public static async Task RebuildAsync(
        string path, IAsyncEnumerable<HistoricPages> newestFirst, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(newestFirst);
        Delete(path);
        string building = path + Building;
        bool[]? written = null;
        int missing = 0;
        using (SafeFileHandle file = File.OpenHandle(building, FileMode.Create, FileAccess.Write))
        {
            await foreach (HistoricPages item in newestFirst.WithCancellation(cancellation))
            {
                ReadOnlyMemory<byte> pages = item.Pages;
                if (written is null)
                {
                    missing = (int)PageSet.DatabasePages(pages.Span);
                    written = new bool[missing + 1];
                    RandomAccess.SetLength(file, (long)missing * PageSet.PageBytes);
                    if (LockPage < written.Length)
                    {
                        written[LockPage] = true;
                        missing--;
                    }
                }
                PageSet.Read(pages.Span, number => number < written.Length && !written[number], (number, bytes) =>
                {
                    written[number] = true;
                    missing--;
                    if (bytes.ContainsAnyExcept((byte)0))
                    {
                        RandomAccess.Write(file, bytes, (long)(number - 1) * PageSet.PageBytes);
                    }
                });
                if (missing == 0)
                {
                    break;
                }
            }
        }
        if (written is null || missing > 0)
        {
            File.Delete(building);
            throw new InvalidDataException($"The history of {path} lacks {missing} of its pages.");
        }
        File.Move(building, path, overwrite: true);
    }

    /// <summary>
    /// Brings a closed database forward, in place: writes the pages of the commits that follow its own. If that fails, the file is of
    /// no use.
    /// </summary>
    /// <param name="path">The database file, with no log beside it.</param>
    /// <param name="commits">The <see cref="PageSet"/>s of the commits, oldest first.</param>
    /// <exception cref="InvalidDataException">One is not a page set.</exception>
    public static void Advance(string path, IReadOnlyList<ReadOnlyMemory<byte>> commits)
    {
        ArgumentNullException.ThrowIfNull(commits);
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        HashSet<uint> written = [];
        // From the newest on, so that each page is written once.
        foreach (ReadOnlyMemory<byte> pages in commits.Reverse())
        {
            PageSet.Read(pages.Span, written.Add, (number, bytes) =>
                RandomAccess.Write(file, bytes, (long)(number - 1) * PageSet.PageBytes));
        }
        if (commits.Count > 0)
        {
            RandomAccess.SetLength(file, (long)PageSet.DatabasePages(commits[^1].Span) * PageSet.PageBytes);
        }
    }

    /// <summary>
    /// Deletes what SQLite keeps beside a closed database, whose last connection left nothing: what lies there is from an earlier time.
    /// </summary>
    public static void DeleteLog(string path)
    {
        foreach (string suffix in Suffixes.Where(suffix => suffix.Length > 0))
        {
            File.Delete(path + suffix);
        }
    }

    /// <summary>Deletes the database and what SQLite keeps beside it.</summary>
    public static void Delete(string path)
    {
        foreach (string suffix in Suffixes)
        {
            File.Delete(path + suffix);
        }
    }
}
