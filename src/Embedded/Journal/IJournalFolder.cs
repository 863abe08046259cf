namespace DurableObjects.Embedded.Journal;

/// <summary>
/// What the journal asks of a folder. The seam exists so that a test can put a disk below that loses power, refuses or lies.
/// </summary>
internal interface IJournalFolder
{
    /// <summary>The folder's path, for messages.</summary>
    string Path { get; }

    /// <summary>The names of all files in the folder, in any order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Opens an existing file for reading and writing.</summary>
    IJournalFile Open(string name);

    /// <summary>Creates an empty file. Throws <see cref="IOException"/> if the name is taken. Durable after <see cref="Flush"/>.</summary>
    IJournalFile Create(string name);

    /// <summary>Deletes a file. Durable after <see cref="Flush"/>.</summary>
    void Delete(string name);

    /// <summary>Makes creations and deletions durable.</summary>
    void Flush();
}
