using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using DurableObjects.Archive;
using DurableObjects.Embedded.Files;

namespace DurableObjects.Embedded.Archive;

/// <summary>
/// An archive in a folder: <c>{class}/{first two digits of the id}/{id}-{the rest of the name}</c>, since file systems dislike very
/// large folders. A piece is written beside, flushed and renamed.
/// </summary>
internal sealed class FolderArchive(IFolder root) : IArchiveStore
{
    private const string Writing = ".writing";

    private readonly ConcurrentDictionary<string, IFolder> _classes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Class, string Part), IFolder> _folders = new();
    private readonly ConcurrentDictionary<IFolder, bool> _touched = new();
    private readonly Lock _flushing = new();

    public ValueTask WriteAsync(PieceName name, Stream content, CancellationToken cancellation)
    {
        IFolder folder = FolderOf(name.ClassName, name.Id.ToString());
        string file = FileOf(name);
        folder.Delete(file + Writing);
        using (IFile writing = folder.Create(file + Writing))
        {
            byte[] buffer = new byte[(int)Math.Min(Math.Max(content.Length, 1), 1 << 20)];
            long offset = 0;
            for (int count; (count = content.Read(buffer)) > 0; offset += count)
            {
                cancellation.ThrowIfCancellationRequested();
                writing.Write(buffer.AsSpan(0, count), offset);
            }
            writing.Flush();
        }
        folder.Rename(file + Writing, file);
        _touched[folder] = true;
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(CancellationToken cancellation)
    {
        // One at a time: what another is just flushing is not durable yet.
        lock (_flushing)
        {
            foreach (IFolder folder in _touched.Keys)
            {
                cancellation.ThrowIfCancellationRequested();
                // Forgotten first: a piece that is written meanwhile has its folder flushed again.
                _touched.TryRemove(folder, out _);
                try
                {
                    folder.Flush();
                }
                catch
                {
                    _touched[folder] = true;
                    throw;
                }
            }
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<IArchivePiece?> OpenAsync(PieceName name, CancellationToken cancellation)
    {
        IFolder folder = FolderOf(name.ClassName, name.Id.ToString());
        try
        {
            return new(new Piece(folder.OpenForReading(FileOf(name))));
        }
        catch (FileNotFoundException)
        {
            return new((IArchivePiece?)null);
        }
    }

    public ValueTask<IReadOnlyList<PieceName>> ListAsync(string className, ObjectId id, CancellationToken cancellation)
    {
        string prefix = id.ToString();
        return new((IReadOnlyList<PieceName>)
            [.. FolderOf(className, prefix).List().Select(file => NameOf(className, file)).OfType<PieceName>().Where(name => name.Id == id)]);
    }

    public async IAsyncEnumerable<PieceName> ListAllAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (string className in root.ListFolders())
        {
            foreach (string part in root.Folder(className).ListFolders())
            {
                cancellation.ThrowIfCancellationRequested();
                await Task.Yield();
                IFolder folder = root.Folder(className).Folder(part);
                IReadOnlyList<string> files = folder.List();
                // A crash left them: nothing is written while all pieces are looked through.
                foreach (string unfinished in files.Where(file => file.EndsWith(Writing, StringComparison.Ordinal)))
                {
                    folder.Delete(unfinished);
                }
                foreach (PieceName name in files.Select(file => NameOf(className, file)).OfType<PieceName>().OrderBy(name => name.Id))
                {
                    yield return name;
                }
            }
        }
    }

    public ValueTask DeleteAsync(PieceName name, CancellationToken cancellation)
    {
        IFolder folder = FolderOf(name.ClassName, name.Id.ToString());
        folder.Delete(FileOf(name));
        _touched[folder] = true;
        return ValueTask.CompletedTask;
    }

    private static string FileOf(PieceName name) => $"{name.Id}-{name.FileName}";

    /// <summary>The piece that a file is; null if it is none.</summary>
    private static PieceName? NameOf(string className, string file)
    {
        const int Digits = 2 * ObjectId.Size;
        return file.Length > Digits && PieceName.TryParse($"{className}/{file[..Digits]}/{file[(Digits + 1)..]}", out PieceName? name)
            ? name
            : null;
    }

    private IFolder FolderOf(string className, string id) => _folders.GetOrAdd((className, id[..2]), key =>
    {
        IFolder parent = _classes.GetOrAdd(key.Class, root.Folder);
        IFolder folder = parent.Folder(key.Part);
        // A piece is not there after a crash if a folder above it is not. One that is there already may be there in memory only.
        _touched[root] = true;
        _touched[parent] = true;
        return folder;
    });

    private sealed class Piece(IFile file) : IArchivePiece
    {
        public ValueTask<int> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellation) =>
            new(file.Read(destination.Span, offset));

        public ValueTask DisposeAsync()
        {
            file.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
