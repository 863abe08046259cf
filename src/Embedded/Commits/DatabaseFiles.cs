using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Journal;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Commits;

/// <summary>Brings an object's database file to its head from its history.</summary>
internal static class DatabaseFiles
{
    /// <summary>Writes the file anew, unless it is known to be at the head already.</summary>
    /// <exception cref="DurableObjectException">The history is damaged: what is served would not be what was stored.</exception>
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
                path, history.NewestFirstAsync(head.Commit, null, CancellationToken.None), CancellationToken.None);
        }
        catch (Exception error) when (IsDamage(error))
        {
            throw Damaged(entry.Address, error);
        }
    }

    /// <summary>Whether an error says that what is kept is not what was written, or cannot be read.</summary>
    public static bool IsDamage(Exception error) => error is InvalidDataException or JournalCorruptException or IOException;

    /// <summary>The error of an object whose history is damaged.</summary>
    public static DurableObjectException Damaged(ObjectAddress address, Exception error) =>
        new(500, ErrorCodes.Corrupt, $"The history of {address} is damaged: {error.Message}", error);
}
