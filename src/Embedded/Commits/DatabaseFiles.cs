using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Journal;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Commits;

/// <summary>Brings an object's database file to its head from its history.</summary>
internal static class DatabaseFiles
{
    /// <summary>Writes the file anew, unless it is known to be at the head already.</summary>
    /// <exception cref="DurableObjectException">
    /// The history is damaged (500): what is served would not be what was stored. Or the disk refused (503).
    /// </exception>
    public static async Task BringToHeadAsync(IObjectHistory history, CatalogueEntry entry, string path)
    {
        Head head = entry.Summary.Head;
        if (entry.FileHead == head && File.Exists(path))
        {
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (head.Commit == 0)
        {
            DatabaseFile.WriteEmpty(path);
            return;
        }
        try
        {
            await DatabaseFile.RebuildAsync(
                path, history.NewestFirstAsync(head.Commit, head.Commit, null, CancellationToken.None), CancellationToken.None);
        }
        catch (Exception error) when (IsDamage(error))
        {
            throw Damaged(entry.Address, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DurableObjectException(
                503, ErrorCodes.Unavailable, $"The database of {entry.Address} could not be brought to its head: {error.Message}", error)
            { Retryable = true };
        }
    }

    /// <summary>Whether an error says that what is kept is not what was written.</summary>
    public static bool IsDamage(Exception error) => error is InvalidDataException or JournalCorruptException;

    /// <summary>The error of an object whose history is damaged.</summary>
    public static DurableObjectException Damaged(ObjectAddress address, Exception error) =>
        new(500, ErrorCodes.Corrupt, $"The history of {address} is damaged: {error.Message}", error);
}
