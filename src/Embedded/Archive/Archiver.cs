using DurableObjects.Archive;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Objects;

namespace DurableObjects.Embedded.Archive;

/// <summary>
/// Moves commits from the journal into the objects' archives, file by file, and drops what is past the retention; all in the
/// background, one thing at a time. A file is read once, in order, and gives each object in it one piece; when all pieces are
/// durable and the catalogue's snapshot that names them is too, the file goes.
/// </summary>
internal sealed class Archiver : IDisposable
{
    /// <summary>Pieces written at once: enough that the file system makes several durable with one write of its own log.</summary>
    private const int AtOnce = 4;

    /// <summary>The first round comes after this part of the time between two.</summary>
    private const int FirstRoundPart = 24;

    private readonly RecordJournal _journal;
    private readonly ObjectCatalogue _catalogue;
    private readonly IArchiveStore _store;
    private readonly PieceWriter _writer;
    private readonly Func<long, bool> _writeSnapshot;
    private readonly Func<ObjectAddress, DateTimeOffset, Task> _purgeEnded;
    private readonly EmbeddedHostOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _running = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private ITimer? _timer;
    private int _isAwaited;
    private long _rolledAt;
    private long _archivedBefore;

    /// <param name="journal">Has the commits.</param>
    /// <param name="catalogue">Says how far each object's archive has come.</param>
    /// <param name="store">Takes the pieces.</param>
    /// <param name="writer">Makes the pieces.</param>
    /// <param name="writeSnapshot">
    /// Writes the catalogue's snapshot; the argument is where to replay the journal from. False if none is written any more.
    /// </param>
    /// <param name="purgeEnded">Purges an object, if it has ended at a time or before.</param>
    /// <param name="options">The bound of the journal and the retention.</param>
    /// <param name="clock">The host's clock.</param>
    /// <param name="logger">Told of what was archived, and of failures.</param>
    public Archiver(
        RecordJournal journal, ObjectCatalogue catalogue, IArchiveStore store, PieceWriter writer, Func<long, bool> writeSnapshot,
        Func<ObjectAddress, DateTimeOffset, Task> purgeEnded, EmbeddedHostOptions options, TimeProvider clock, ILogger logger)
    {
        _journal = journal;
        _catalogue = catalogue;
        _store = store;
        _writer = writer;
        _writeSnapshot = writeSnapshot;
        _purgeEnded = purgeEnded;
        _options = options;
        _clock = clock;
        _logger = logger;
        _rolledAt = journal.DurablePosition;
        journal.Rolled += RunSoon;
    }

    /// <summary>Whether nothing is archived or swept, and nothing waits to be.</summary>
    public bool IsIdle => Volatile.Read(ref _isAwaited) == 0 && _running.CurrentCount == 1;

    /// <summary>
    /// Begins the daily round: everything goes into the archive, and out of it what is past the retention. The first comes sooner, for
    /// hosts that are started anew every day.
    /// </summary>
    public void Start() => _timer = _clock.CreateTimer(
        _ => _ = InBackgroundAsync(RoundAsync), null, _options.ArchiveEvery / FirstRoundPart, _options.ArchiveEvery);

    /// <summary>Archives every commit that is durable by now.</summary>
    public async Task ArchiveAllAsync(CancellationToken cancellation)
    {
        await _journal.RollAsync().WaitAsync(cancellation);
        await RunAloneAsync(() => ArchiveAsync(everything: true, cancellation), cancellation);
    }

    /// <summary>Drops what is past the retention, and what a crash or a purge left of no object.</summary>
    public Task SweepAsync(CancellationToken cancellation) => RunAloneAsync(() => SweepAloneAsync(cancellation), cancellation);

    /// <summary>Deletes the archive of an object that is no longer in the catalogue.</summary>
    public async Task PurgeAsync(ObjectAddress address, CancellationToken cancellation)
    {
        foreach (PieceName name in await _store.ListAsync(address.ClassName, address.Id, cancellation))
        {
            await _store.DeleteAsync(name, cancellation);
        }
        await _store.FlushAsync(cancellation);
    }

    /// <summary>Begins nothing more, and waits for what is under way to stop where it is.</summary>
    public async Task StopAsync()
    {
        _timer?.Dispose();
        await _stopping.CancelAsync();
        await _running.WaitAsync();
        _running.Release();
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _stopping.Cancel();
    }

    private async Task RoundAsync()
    {
        await ArchiveAllAsync(_stopping.Token);
        await SweepAsync(_stopping.Token);
    }

    /// <summary>Called on the journal's thread. Everything before the address is acknowledged, and so in the catalogue.</summary>
    private void RunSoon(long position)
    {
        Volatile.Write(ref _rolledAt, position);
        if (Interlocked.Exchange(ref _isAwaited, 1) == 0)
        {
            _ = InBackgroundAsync(() => RunAloneAsync(
                () =>
                {
                    Volatile.Write(ref _isAwaited, 0);
                    return ArchiveAsync(everything: false, _stopping.Token);
                },
                _stopping.Token));
        }
    }

    private async Task InBackgroundAsync(Func<Task> work)
    {
        await Task.Yield();
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The next start goes on.
        }
        catch (Exception error)
        {
            // Nothing is lost: the journal keeps what the archive does not have, and the next file begun tries again.
            _logger.ArchivingFailed(error);
        }
    }

    private async Task RunAloneAsync(Func<Task> work, CancellationToken cancellation)
    {
        await _running.WaitAsync(cancellation);
        try
        {
            await work();
        }
        finally
        {
            _running.Release();
        }
    }

    private async Task ArchiveAsync(bool everything, CancellationToken cancellation)
    {
        IReadOnlyList<long> files = _journal.Files;
        long end = _archivedBefore;
        bool isDone = true;
        for (int i = 0; i + 1 < files.Count; i++)
        {
            if (!everything && _journal.DurablePosition - files[i] <= _options.MaxJournalBytes)
            {
                break;
            }
            cancellation.ThrowIfCancellationRequested();
            bool isWhole = await ArchiveFileAsync(files[i], cancellation);
            isDone &= isWhole;
            end = isDone ? files[i + 1] : end;
        }
        // The snapshot before this one stays beside it, in case this one is damaged: what that one needs goes with the next.
        if (WriteSnapshotAndDelete(_archivedBefore) && (!everything || WriteSnapshotAndDelete(end)))
        {
            _archivedBefore = end;
        }
    }

    private bool WriteSnapshotAndDelete(long before)
    {
        bool isWritten = _writeSnapshot(Volatile.Read(ref _rolledAt));
        if (isWritten)
        {
            _journal.DeleteBefore(before);
        }
        return isWritten;
    }

    /// <summary>Archives what a file holds; false if it holds something that cannot be, and so must stay.</summary>
    private async Task<bool> ArchiveFileAsync(long start, CancellationToken cancellation)
    {
        JournalFileContent content;
        try
        {
            content = JournalFileContent.Read(_journal, _catalogue, start);
        }
        catch (JournalCorruptException error)
        {
            _logger.ArchivingFailed(error);
            return false;
        }
        await Parallel.ForEachAsync(
            content.Objects,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (one, token) => one.Archived = await _writer.WriteAsync(one, token));
        await _store.FlushAsync(cancellation);
        foreach (ObjectCommits one in content.Objects)
        {
            one.Entry.Archive = one.Archived;
            if (_catalogue.Find(one.Entry.Address.Id) != one.Entry)
            {
                // It was purged meanwhile, perhaps before its piece was there to be deleted.
                await PurgeAsync(one.Entry.Address, cancellation);
            }
        }
        _logger.Archived(start, content.Objects.Count, content.Commits);
        if (content.Damage is { } damage)
        {
            _logger.ArchivingFailed(damage);
        }
        return content.Damage is null;
    }

    private async Task SweepAloneAsync(CancellationToken cancellation)
    {
        DateTimeOffset horizon = _clock.GetUtcNow() - _options.Retention;
        List<PieceName> pieces = [];
        long dropped = 0;
        await foreach (PieceName name in _store.ListAllAsync(cancellation))
        {
            if (pieces.Count > 0 && pieces[0].Id != name.Id)
            {
                dropped += await SweepAsync(pieces, horizon, cancellation);
                pieces.Clear();
            }
            pieces.Add(name);
        }
        dropped += pieces.Count > 0 ? await SweepAsync(pieces, horizon, cancellation) : 0;
        await _store.FlushAsync(cancellation);
        foreach (CatalogueEntry entry in _catalogue.Entries.Where(
            entry => LiveObject.IsOver(entry.Summary) && entry.Summary.CommittedAt <= horizon).ToList())
        {
            await _purgeEnded(entry.Address, horizon);
        }
        _logger.Swept(dropped, horizon);
    }

    private async Task<int> SweepAsync(List<PieceName> pieces, DateTimeOffset horizon, CancellationToken cancellation)
    {
        ArchivePosition? position = _catalogue.Find(pieces[0].Id)?.Archive;
        UnneededPieces unneeded;
        try
        {
            unneeded = await Retention.FindUnneededAsync(_store, pieces, position, horizon, cancellation);
        }
        catch (InvalidDataException error)
        {
            // What cannot be read cannot be judged; one object's damage must not keep the others' past for ever.
            _logger.SweepFailed(error, pieces[0]);
            return 0;
        }
        foreach (PieceName name in unneeded.Unnamed.Concat(unneeded.Expired))
        {
            await _store.DeleteAsync(name, cancellation);
        }
        return unneeded.Unnamed.Count + unneeded.Expired.Count;
    }
}
