using DurableObjects.Archive;
using DurableObjects.Functions.Databases;
using DurableObjects.Functions.Objects;
using DurableObjects.Functions.Wire;
using DurableObjects.Turns;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Calls;

/// <summary>
/// Runs methods that are marked read-only, in the process of the trigger, on the state that the entity has committed. Databases are kept
/// between calls; one that is a few commits behind gets them from the entity's state, without a look into the archive.
/// </summary>
/// <param name="runtime">The model.</param>
/// <param name="folder">Where databases are.</param>
/// <param name="archive">Has what the entity's state does not hold.</param>
/// <param name="options">How many, and how many bytes.</param>
/// <param name="logger">Told of files that are not as they were left.</param>
public sealed class Readers(
    ObjectRuntime runtime, CacheFolder folder, IArchiveStore archive, AzureHostOptions options, ILogger<Readers> logger) : IDisposable
{
    private const string Kind = "reads";

    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectId, Reading> _readings = [];

    /// <summary>Closes everything.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (Reading one in _readings.Values)
            {
                one.Delete();
            }
            _readings.Clear();
        }
    }

    /// <summary>The answer of a call; null if it must be an ordinary turn after all.</summary>
    /// <exception cref="DurableObjectException">The history is damaged (500), or cannot be read now (503).</exception>
    public async ValueTask<Answer?> ReadAsync(
        ObjectAddress address, ObjectState state, CallTurn turn, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(state);
        ObjectSummary summary = state.Summary;
        if (summary.Head.Commit == 0 || summary.RestoreTo is not null || state.IsPurging)
        {
            return null;
        }
        Reading one = await TakeAsync(address.Id, cancellation);
        try
        {
            // Another call may have come with a later state meanwhile: that is committed as well.
            if (!one.IsPast(state.Epoch, summary.Head.Commit))
            {
                await BringAsync(one, address, state, summary, cancellation);
            }
            Answer? answer = await one.Reader(runtime, address).RunAsync(turn);
            return answer is null ? null : answer with { Version = one.Version };
        }
        catch (InvalidDataException error)
        {
            one.Delete();
            throw new DurableObjectException(
                500, ErrorCodes.Corrupt, $"The history of {address} is damaged: {error.Message}", error);
        }
        catch (Exception error) when (error is not DurableObjectException and not OperationCanceledException)
        {
            one.Delete();
            throw new DurableObjectException(
                503, ErrorCodes.Unavailable, $"The database of {address} could not be brought to its head: {error.Message}", error)
            { Retryable = true };
        }
        finally
        {
            Return(address.Id, one);
        }
    }

    /// <summary>
    /// The answer of a call of an object that has never committed: it runs on an empty database, of which nothing is kept. Null if it would
    /// change something, and so must be an ordinary turn.
    /// </summary>
    public async ValueTask<Answer?> ReadAbsentAsync(ObjectAddress address, CallTurn turn, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(address);
        CachedFile file = new(folder.FileOf($"absent-{Guid.NewGuid():n}", address.Id), logger);
        try
        {
            await file.BringToAsync(Head.None, null, cancellation);
            using ObjectActivation activation = runtime.Activate(address, file.Path, ObjectSummary.None);
            TurnOutcome outcome = await activation.RunAsync(turn);
            return outcome.Commit is null ? outcome.Answer : null;
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(file.Path))!, recursive: true);
        }
    }

    private async ValueTask BringAsync(
        Reading one, ObjectAddress address, ObjectState state, ObjectSummary summary, CancellationToken cancellation)
    {
        IReadOnlyList<ArchivedCommit> tail = state.Tail is { } text ? Segment.ReadAll(Packed.FromText(text)) : [];
        int next = one.Epoch == state.Epoch ? tail.ToList().FindIndex(commit => one.IsAt(commit.Number - 1, commit.Before)) : -1;
        if (next < 0 || !one.Advance([.. tail.Skip(next).Select(commit => commit.Pages)]))
        {
            one.Close();
            await one.File.BringToAsync(
                summary.Head, StateHistory.Of(state, address.ClassName, address.Id, archive), cancellation);
        }
        one.Epoch = state.Epoch;
        one.Head = summary.Head;
        one.Version = summary.Version;
    }

    private async ValueTask<Reading> TakeAsync(ObjectId id, CancellationToken cancellation)
    {
        while (true)
        {
            Reading? one;
            lock (_lock)
            {
                if (!_readings.TryGetValue(id, out one))
                {
                    one = new Reading(new CachedFile(folder.FileOf(Kind, id), logger));
                    _readings.Add(id, one);
                }
            }
            if (!await one.Lane.WaitAsync(options.CallDeadline, cancellation))
            {
                throw new DurableObjectException(
                    503, ErrorCodes.Overloaded, $"Reads of the object have waited for {options.CallDeadline.TotalSeconds:N0} seconds.")
                { Retryable = true, Overloaded = true };
            }
            lock (_lock)
            {
                if (_readings.TryGetValue(id, out Reading? current) && current == one)
                {
                    return one;
                }
            }
            one.Lane.Release();
        }
    }

    private void Return(ObjectId id, Reading one)
    {
        lock (_lock)
        {
            one.LastUsed = runtime.Clock.GetTimestamp();
            one.Measure();
            one.Lane.Release();
            long bytes = _readings.Values.Sum(other => other.Bytes);
            if (_readings.Count <= options.MaxAwake && bytes <= options.MaxCacheBytes)
            {
                return;
            }
            foreach ((ObjectId other, Reading idle) in _readings.OrderBy(pair => pair.Value.LastUsed).ToList())
            {
                if ((_readings.Count <= options.MaxAwake && bytes <= options.MaxCacheBytes) || !idle.Lane.Wait(0))
                {
                    continue;
                }
                bytes -= idle.Bytes;
                idle.Delete();
                _readings.Remove(other);
                idle.Lane.Release();
            }
        }
    }

    /// <summary>One object's database for reading.</summary>
    private sealed class Reading(CachedFile file)
    {
        private ObjectReader? _reader;

        public SemaphoreSlim Lane { get; } = new(1, 1);

        public CachedFile File { get; } = file;

        public long LastUsed { get; set; }

        public long Bytes { get; private set; }

        public long Epoch { get; set; }

        public Head? Head { get; set; }

        public long Version { get; set; }

        public bool IsPast(long epoch, long commit) => Head is { } head && Epoch == epoch && head.Commit >= commit;

        public bool IsAt(long commit, UInt128 hash) => Head is { } head && head.Commit == commit && head.Hash == hash;

        public ObjectReader Reader(ObjectRuntime runtime, ObjectAddress address)
        {
            if (_reader is { IsBroken: true })
            {
                _reader.Dispose();
                _reader = null;
            }
            return _reader ??= runtime.OpenReader(address, File.Path);
        }

        /// <summary>Writes the commits that follow; whether there was a file to write them to.</summary>
        public bool Advance(IReadOnlyList<ReadOnlyMemory<byte>> commits)
        {
            _reader?.Dispose();
            _reader = null;
            if (Head is null || !System.IO.File.Exists(File.Path))
            {
                return false;
            }
            DatabaseFile.DeleteLog(File.Path);
            DatabaseFile.Advance(File.Path, commits);
            return true;
        }

        public void Measure() => Bytes = System.IO.File.Exists(File.Path) ? new FileInfo(File.Path).Length : 0;

        public void Close()
        {
            _reader?.Dispose();
            _reader = null;
            Head = null;
        }

        public void Delete()
        {
            Close();
            Bytes = 0;
            File.Delete();
        }
    }
}
