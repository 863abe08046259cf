namespace DurableObjects.Embedded.Files;

/// <summary>
/// What the host asks of a folder, for everything that must survive: journal, archive, catalogue. The seam exists so that a test
/// can put a disk below that loses power, refuses or lies. The databases do not lie above it: they are a cache.
/// </summary>
internal interface IFolder
{
    /// <summary>The folder's path, for messages.</summary>
    string Path { get; }

    /// <summary>The names of all files in the folder, in any order.</summary>
    IReadOnlyList<string> List();

    /// <summary>The names of the folders in it, in any order.</summary>
    IReadOnlyList<string> ListFolders();

    /// <summary>A folder in this one, created if it does not exist. Its creation is durable after this folder's <see cref="Flush"/>.</summary>
    IFolder Folder(string name);

    /// <summary>Opens an existing file for reading and writing.</summary>
    /// <exception cref="FileNotFoundException">There is none of that name.</exception>
    IFile Open(string name);

    /// <summary>Opens an existing file for reading.</summary>
    /// <exception cref="FileNotFoundException">There is none of that name.</exception>
    IFile OpenForReading(string name);

    /// <summary>Creates an empty file. Throws <see cref="IOException"/> if the name is taken. Durable after <see cref="Flush"/>.</summary>
    IFile Create(string name);

    /// <summary>Gives a file another name, in place of the file that has it. Durable after <see cref="Flush"/>.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file, if it is there. Durable after <see cref="Flush"/>.</summary>
    void Delete(string name);

    /// <summary>Makes creations, renamings and deletions durable.</summary>
    void Flush();
}
