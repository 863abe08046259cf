using DurableObjects.Archive;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Functions.Databases;

/// <summary>
/// An object in this worker's memory, between its batches and within one. It may be behind or ahead of the entity's state: another
/// worker had the object meanwhile, or a batch was not checkpointed. Whoever takes it compares heads first.
/// </summary>
internal sealed class AwakeObject(CachedFile file)
{
    private ObjectActivation? _activation;

    /// <summary>Gives the history as of now; the batch that has the object sets it.</summary>
    public Func<IObjectHistory?> History { get; set; } = () => null;

    /// <summary>The object's past as its own turns see it, with every commit up to the last.</summary>
    public IObjectHistory Past => new PastOf(this);

    /// <summary>Held by the batch that has the object.</summary>
    public SemaphoreSlim Lane { get; } = new(1, 1);

    public CachedFile File { get; } = file;

    /// <summary>When it was last given back; a timestamp.</summary>
    public long LastUsed { get; set; }

    /// <summary>Whether it was open when it was counted last.</summary>
    public bool IsCounted { get; set; }

    /// <summary>Bytes that its file had then.</summary>
    public long CountedBytes { get; set; }

    /// <summary>Whether its database is open.</summary>
    public bool IsOpen => _activation is not null;

    /// <summary>The class of the instance that is in memory; null if none is.</summary>
    public string? ClassName => _activation?.Address.ClassName;

    /// <summary>The commits behind the archive's end, oldest first, up to the activation's head.</summary>
    public List<ArchivedCommit> Tail { get; private set; } = [];

    /// <summary>The activation, if it is where the entity's state is; otherwise it is dropped.</summary>
    /// <param name="address">The object, with its name if that is known.</param>
    /// <param name="summary">
    /// What the state says of it. All of it, since a head stands for pages only: a commit that came to nothing may have had those of the one
    /// that was made in its place, and another time.
    /// </param>
    /// <param name="archived">
    /// The newest commit that is archived. A batch that was not checkpointed may have moved commits into the archive and made none: the
    /// head is the same, the commits that belong behind the archive's end are not.
    /// </param>
    public ObjectActivation? At(ObjectAddress address, ObjectSummary summary, long archived)
    {
        // A long automatic answer stands beside the state.
        if (_activation is { IsBroken: false } activation && activation.Address == address
            && activation.Summary with { AutoResponse = null } == summary with { AutoResponse = null }
            && Tail.Count == summary.Head.Commit - archived)
        {
            return activation;
        }
        // A closed file may be at the head.
        if (_activation is not null)
        {
            Discard();
        }
        return null;
    }

    /// <summary>Opens the database, which has been brought to the summary's head.</summary>
    public ObjectActivation Open(
        ObjectRuntime runtime, ObjectAddress address, ObjectSummary summary, IObjectHistory history, IReadOnlyList<ArchivedCommit> tail,
        long since)
    {
        File.Opened();
        _activation = runtime.Activate(address, File.Path, summary, history, since);
        Tail = [.. tail];
        return _activation;
    }

    /// <summary>Closes the database at its head, so that it can be opened there again.</summary>
    public void Close()
    {
        if (_activation is not { } activation)
        {
            return;
        }
        _activation = null;
        Head head = activation.Summary.Head;
        bool isSound = !activation.IsBroken;
        activation.Dispose();
        if (isSound && head.Commit > 0)
        {
            File.Closed(head);
        }
        else
        {
            File.Delete();
        }
    }

    /// <summary>Closes the database and forgets it: it holds something that the entity's state does not.</summary>
    public void Discard()
    {
        _activation?.Dispose();
        _activation = null;
        Tail = [];
        File.Delete();
    }

    /// <summary>An activation outlives the batch that opened it, and the history grows meanwhile.</summary>
    private sealed class PastOf(AwakeObject one) : IObjectHistory
    {
        private IObjectHistory Now => one.History()
            ?? throw new DurableObjectException(404, ErrorCodes.UnknownObject, "The object has never committed.");

        public ValueTask<Moment?> OldestAsync(CancellationToken cancellation) => Now.OldestAsync(cancellation);

        public ValueTask<Moment?> FindAsync(long commit, CancellationToken cancellation) => Now.FindAsync(commit, cancellation);

        public ValueTask<Moment?> FindAsync(DateTimeOffset time, CancellationToken cancellation) => Now.FindAsync(time, cancellation);

        public IAsyncEnumerable<HistoricPages> NewestFirstAsync(
            long from, long target, PageFilter? isWanted, CancellationToken cancellation) =>
            Now.NewestFirstAsync(from, target, isWanted, cancellation);
    }
}
