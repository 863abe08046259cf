using System.Globalization;
using DurableObjects.Archive;
using DurableObjects.Functions.Wire;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Functions.Objects;

/// <summary>
/// The past of an object as its entity's state tells it: the commits in the state are the newest piece, which names its predecessor in
/// the archive.
/// </summary>
public static class StateHistory
{
    /// <summary>The history of an object; null if it has never committed.</summary>
    public static IObjectHistory? Of(ObjectState state, string className, ObjectId id, IArchiveStore store)
    {
        ArgumentNullException.ThrowIfNull(state);
        Head head = state.Summary.Head;
        if (state.Tail is { } tail)
        {
            PieceName name = new(className, id, CommitOf(state.Archive), head.Commit, Hash: 0, PieceKind.Segment);
            return new ArchivedHistory(new TailStore(store, name, Packed.FromText(tail)), new ArchivePosition(head, name, 0));
        }
        return PositionOf(state, className, id) is { } position ? new ArchivedHistory(store, position) : null;
    }

    /// <summary>Where the archive of an object ends; null if it has none.</summary>
    public static ArchivePosition? PositionOf(ObjectState state, string className, ObjectId id)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Archive is not { } mark)
        {
            return null;
        }
        PieceName newest = NameOf(mark, className, id);
        return new ArchivePosition(
            new Head(newest.To, UInt128.Parse(mark.Hash, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)), newest, 0);
    }

    /// <summary>The name of the newest piece.</summary>
    /// <exception cref="InvalidDataException">The mark is not one.</exception>
    public static PieceName NameOf(ArchiveMark mark, string className, ObjectId id)
    {
        ArgumentNullException.ThrowIfNull(mark);
        return PieceName.TryParse($"{className}/{id}/{mark.Piece}", out PieceName? name)
            ? name
            : throw new InvalidDataException($"The entity's state of {className}/{id} names '{mark.Piece}' as a piece of its archive.");
    }

    /// <summary>The newest commit that is archived; 0 if none is.</summary>
    public static long CommitOf(ArchiveMark? mark) =>
        mark is null ? 0 : long.Parse(mark.Piece.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>An archive whose newest piece is not in the store yet.</summary>
    private sealed class TailStore(IArchiveStore store, PieceName tail, ReadOnlyMemory<byte> content) : IArchiveStore
    {
        public ValueTask<IArchivePiece?> OpenAsync(PieceName name, CancellationToken cancellation) =>
            name == tail ? new(new TailPiece(content)) : store.OpenAsync(name, cancellation);

        public ValueTask WriteAsync(PieceName name, Stream content, CancellationToken cancellation) =>
            store.WriteAsync(name, content, cancellation);

        public ValueTask FlushAsync(CancellationToken cancellation) => store.FlushAsync(cancellation);

        public ValueTask<IReadOnlyList<PieceName>> ListAsync(string className, ObjectId id, CancellationToken cancellation) =>
            store.ListAsync(className, id, cancellation);

        public IAsyncEnumerable<PieceName> ListAllAsync(CancellationToken cancellation) => store.ListAllAsync(cancellation);

        public ValueTask DeleteAsync(PieceName name, CancellationToken cancellation) => store.DeleteAsync(name, cancellation);
    }

    private sealed class TailPiece(ReadOnlyMemory<byte> content) : IArchivePiece
    {
        public ValueTask<int> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellation)
        {
            int count = (int)Math.Clamp(content.Length - offset, 0, destination.Length);
            content.Slice((int)Math.Min(offset, content.Length), count).CopyTo(destination);
            return new(count);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
