using System.Text.Json;
using DurableObjects.Archive;
using DurableObjects.Functions.Archive;
using DurableObjects.Harness;
using DurableObjects.History;
using DurableObjects.Turns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Functions.Tests.Archive;

/// <summary>
/// The smallest host over an archive: turns in batches, each on a worker of its own that knows nothing but the state. What a batch
/// commits is written into the archive, and the last thing it does is to name that in the state: a batch that dies before has not been.
/// </summary>
public sealed class ArchivedObject : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _folder = Directory.CreateTempSubdirectory("archived-object-").FullName;
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();
    private readonly IArchiveStore _store;
    private readonly FakeClock _clock;
    private readonly ObjectRuntime _runtime;
    private State _state = new(ObjectSummary.None, null, []);
    private int _databases;

    public ArchivedObject(IArchiveStore store, FakeClock clock, string name = "one")
    {
        _store = store;
        _clock = clock;
        Address = ObjectAddress.OfName("notebook", name);
        _runtime = new ObjectRuntime(
            new ObjectClasses([typeof(Notebook)]), _services, clock, NullLoggerFactory.Instance,
            new ObjectRuntimeOptions { HistoryBytes = 32_768 });
    }

    public ObjectAddress Address { get; }

    /// <summary>Where the state says that the archive ends.</summary>
    public ArchivePosition? Position => _state.Position;

    /// <summary>Every commit, and what the object held after it.</summary>
    public IReadOnlyList<Remembered> Past => _state.Past;

    public void Dispose()
    {
        _services.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A call of the object.</summary>
    public static CallTurn Call(string method, params IReadOnlyList<object> arguments) =>
        new(method, JsonSerializer.SerializeToUtf8Bytes(arguments, ObjectJson.Options));

    /// <summary>Runs turns on the committed state, and commits what they leave.</summary>
    /// <param name="turns">The turns.</param>
    /// <param name="takesSnapshot">Whether the archive gets a snapshot behind the commits.</param>
    public async Task BatchAsync(IReadOnlyList<CallTurn> turns, bool takesSnapshot = false)
    {
        Worker worker = new(this, await BringAsync(_state.Summary.Head.Commit), _state);
        try
        {
            foreach (CallTurn turn in turns)
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                await worker.RunAsync(turn);
            }
        }
        finally
        {
            worker.Close();
        }
        await worker.WriteSegmentAsync();
        if (takesSnapshot)
        {
            await worker.WriteSnapshotAsync();
        }
        _state = worker.State;
    }

    /// <summary>Whether the database that the archive makes for the state is the one that was committed.</summary>
    public async Task AssertHeadAsync()
    {
        if (_state.Past.Count > 0)
        {
            Assert.Equal(_state.Past[^1].Content, await ContentAsync(_state.Summary.Head.Commit));
        }
    }

    /// <summary>Whether each moment is found by its number and its time, and gives the database that was there then.</summary>
    public async Task AssertPastAsync(Func<Remembered, bool>? isKept = null)
    {
        ArchivedHistory history = new(_store, _state.Position!);
        foreach (Remembered moment in _state.Past.Where(isKept ?? (_ => true)))
        {
            Assert.Equal(moment.Commit, (await history.FindAsync(moment.Commit, None))?.Commit);
            Assert.Equal(moment.Commit, (await history.FindAsync(moment.At, None))?.Commit);
            Assert.Equal(moment.Commit, (await history.FindAsync(moment.At + TimeSpan.FromMilliseconds(999), None))?.Commit);
            Assert.Equal(moment.Content, await ContentAsync(moment.Commit));
        }
    }

    /// <summary>The pieces of the history, newest first.</summary>
    public async Task<IReadOnlyList<PieceName>> NamedAsync()
    {
        List<PieceName> all = [.. await _store.ListAsync(Address.ClassName, Address.Id, None)];
        UnneededPieces unneeded = await Retention.FindUnneededAsync(_store, all, _state.Position, DateTimeOffset.MinValue, None);
        return [.. all.Except(unneeded.Unnamed).OrderByDescending(name => name.To)];
    }

    /// <summary>A database file at a commit, made from the archive alone.</summary>
    private async Task<string> BringAsync(long commit)
    {
        string path = Path.Combine(_folder, $"{++_databases}.db");
        if (_state.Position is { } position)
        {
            await DatabaseFile.RebuildAsync(path, new ArchivedHistory(_store, position).NewestFirstAsync(commit, commit, null, None), None);
        }
        else
        {
            DatabaseFile.WriteEmpty(path);
        }
        return path;
    }

    private async Task<string> ContentAsync(long commit)
    {
        string path = await BringAsync(commit);
        string content = await ReadAsync(path);
        DatabaseFile.Delete(path);
        return content;
    }

    private async Task<string> ReadAsync(string path)
    {
        using ObjectReader reader = _runtime.OpenReader(Address, path);
        Answer answer = (await reader.RunAsync(Call("Everything")))!.OrThrow();
        return JsonSerializer.Deserialize<string>(answer.Json.Span, ObjectJson.Options)!;
    }

    /// <summary>A moment of the object's past.</summary>
    public sealed record Remembered(long Commit, DateTimeOffset At, string Bookmark, string Content);

    /// <summary>What is committed.</summary>
    private sealed record State(ObjectSummary Summary, ArchivePosition? Position, IReadOnlyList<Remembered> Past);

    /// <summary>A batch under way.</summary>
    private sealed class Worker(ArchivedObject one, string path, State before)
    {
        private readonly List<ArchivedCommit> _commits = [];
        private readonly List<Remembered> _past = [.. before.Past];
        private ObjectSummary _summary = before.Summary;
        private ArchivePosition? _position = before.Position;
        private ObjectActivation? _activation;

        public State State => new(_summary, _position, _past);

        public async Task RunAsync(CallTurn turn)
        {
            _activation ??= one._runtime.Activate(
                one.Address, path, _summary, _position is null ? null : new ArchivedHistory(one._store, _position));
            TurnOutcome outcome = await _activation.RunAsync(turn);
            await Task.Yield();
            outcome.Answer.OrThrow();
            await TakeAsync(outcome);
            if (_summary.RestoreTo is not null)
            {
                Close();
                await WriteSegmentAsync();
                one._clock.Advance(TimeSpan.FromSeconds(1));
                await TakeAsync(await one._runtime.RestoreAsync(
                    one.Address, path, _summary, new ArchivedHistory(one._store, _position!), None));
            }
        }

        public void Close()
        {
            _activation?.Dispose();
            _activation = null;
        }

        public async Task WriteSegmentAsync()
        {
            if (_commits.Count == 0)
            {
                return;
            }
            (PieceName name, MemoryStream content) = Segment.Write(one.Address, _position?.Newest, _commits, _summary);
            using (content)
            {
                await one._store.WriteAsync(name, content, None);
            }
            _position = new ArchivePosition(_summary.Head, name, 0);
            _commits.Clear();
        }

        public async Task WriteSnapshotAsync()
        {
            using MemoryStream content = new();
            PieceName name = await Snapshot.WriteAsync(content, one.Address, _position!.Newest, _summary, path, None);
            await one._store.WriteAsync(name, content, None);
            _position = _position with { Newest = name };
        }

        private async Task TakeAsync(TurnOutcome outcome)
        {
            _summary = outcome.Summary;
            if (outcome.Commit is { } commit)
            {
                _commits.Add(new ArchivedCommit(
                    commit.Head.Commit, commit.Previous.Hash, commit.Summary.CommittedAt, commit.Summary.Exists, commit.IsWhole,
                    commit.Pages.ToArray()));
                _past.Add(new Remembered(
                    commit.Head.Commit, commit.Summary.CommittedAt,
                    new Bookmark(commit.Head.Commit, commit.Summary.History).ToString(), await one.ReadAsync(path)));
            }
        }
    }
}
