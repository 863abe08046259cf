using System.Collections.Concurrent;
using System.Text.Json;
using DurableObjects.Cards;
using DurableObjects.Diagnostics;
using DurableObjects.History;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using DurableObjects.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Harness;

/// <summary>
/// The smallest correct host: commits are durable at once and kept in memory, databases live in a temporary folder, and time
/// stands still until a test moves it.
/// </summary>
public sealed class TestHost : IObjectHost, IAsyncDisposable
{
    /// <summary>How long a turn may still take, by a real clock, when the host is disposed: turns take milliseconds.</summary>
    private static readonly TimeSpan TurnPatience = TimeSpan.FromSeconds(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("durable-objects-").FullName;
    private readonly ConcurrentDictionary<ObjectId, HostedObject> _objects = new();
    private readonly ConcurrentDictionary<string, TestSocket> _sockets = new();
    private readonly SemaphoreSlim _delivery = new(1, 1);
    private readonly AsyncLocal<bool> _isDelivering = new();
    private readonly Lock _lock = new();
    private readonly List<Signal> _waiting = [];
    private readonly ServiceProvider _services;
    private readonly ObjectRuntime _runtime;
    private int _lastSocket;

    /// <summary>A host of some classes.</summary>
    /// <param name="classes">The object classes.</param>
    /// <param name="services">Adds the services that the objects' constructors want.</param>
    /// <param name="options">What a host may set of the runtime.</param>
    /// <param name="clock">The clock; one of its own by default.</param>
    /// <param name="workflows">Workflows and activities, if it runs any; each workflow is an object then.</param>
    public TestHost(
        IEnumerable<Type> classes, Action<IServiceCollection>? services = null, ObjectRuntimeOptions? options = null,
        FakeClock? clock = null, IEnumerable<Type>? workflows = null)
    {
        Clock = clock ?? new FakeClock();
        Classes = new ObjectClasses(workflows is null ? classes : [.. classes, WorkflowObjects.ObjectClass]);
        Objects = new ObjectStubs(this);
        ServiceCollection collection = new();
        collection.AddSingleton(Classes).AddSingleton<TimeProvider>(Clock).AddSingleton<IObjectHost>(this);
        collection.TryAddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        collection.AddWorkflows(new WorkflowClasses(workflows ?? []));
        services?.Invoke(collection);
        _services = collection.BuildServiceProvider(validateScopes: true);
        Workflows = new WorkflowObjects(this, _services.GetRequiredService<WorkflowClasses>());
        ILoggerFactory loggers = _services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        _runtime = new ObjectRuntime(Classes, _services, Clock, loggers, options ?? new ObjectRuntimeOptions(), Diagnostics);
        Cards = new DesignCards(_runtime, Limits.Retention);
    }

    /// <summary>The clock that the model goes by.</summary>
    public FakeClock Clock { get; }

    /// <inheritdoc/>
    public ObjectClasses Classes { get; }

    /// <summary>What is told of the objects.</summary>
    public ObjectDiagnostics Diagnostics { get; } = new();

    /// <summary>The design cards of the classes.</summary>
    public DesignCards Cards { get; }

    /// <summary>Typed stubs of the objects.</summary>
    public ObjectStubs Objects { get; }

    /// <summary>Its workflows.</summary>
    public IWorkflowHost Workflows { get; }

    /// <summary>
    /// Whether a turn's signals are delivered before its answer comes back, and so on until none is left. If not, a test calls
    /// <see cref="DeliverAsync"/>.
    /// </summary>
    public bool DeliversAutomatically { get; set; } = true;

    /// <summary>A host of the classes given, without services.</summary>
    public static TestHost Of(params IReadOnlyList<Type> classes) => new(classes);

    /// <summary>The address of the object with a name.</summary>
    public ObjectAddress Address<TObject>(string name)
        where TObject : class =>
        ObjectAddress.OfName(Classes.All.Single(one => typeof(TObject).IsAssignableFrom(one.Type)).Name, name);

    /// <summary>What is known of an object, whether it exists or not.</summary>
    public ObjectSummary SummaryOf(ObjectAddress address) => Find(address).Summary;

    /// <summary>Has an object's history begin after a commit, as if what is before were past the retention.</summary>
    public void Forget(ObjectAddress address, long commit) => Find(address).Forgotten = commit;

    /// <summary>Takes an object over, with its history, from a host that serves its class in another version.</summary>
    public async Task AdoptAsync(ObjectAddress address, TestHost other)
    {
        ArgumentNullException.ThrowIfNull(other);
        HostedObject adopted = Find(address);
        adopted.Commits.AddRange(other.CommitsOf(address));
        adopted.Summary = other.SummaryOf(address);
        await BringAsync(adopted, adopted.Path, adopted.Summary.Head.Commit);
    }

    /// <summary>The object's past, as the runtime sees it.</summary>
    public IObjectHistory HistoryOf(ObjectAddress address) => Find(address);

    /// <summary>The object's history, oldest first.</summary>
    public IReadOnlyList<Commit> CommitsOf(ObjectAddress address) => [.. Find(address).Commits];

    /// <summary>The object's database file. Look into it only while the object is hibernated.</summary>
    public string DatabaseOf(ObjectAddress address) => Find(address).Path;

    /// <summary>Whether an instance's database is open for turns.</summary>
    public bool IsAwake(ObjectAddress address) => Find(address).Activation is not null;

    /// <summary>Signals that were sent and not delivered yet.</summary>
    public IReadOnlyList<Signal> WaitingSignals
    {
        get
        {
            lock (_lock)
            {
                return [.. _waiting];
            }
        }
    }

    /// <inheritdoc/>
    public async Task<Answer> RunAsync(ObjectAddress address, Turn turn, CancellationToken cancellation)
    {
        HostedObject hosted = Find(address);
        if (turn is CallTurn call && await ReadAsync(hosted, call, cancellation) is { } read)
        {
            return read;
        }
        TurnOutcome outcome = await RunTurnAsync(hosted, turn, cancellation);
        if (DeliversAutomatically && !_isDelivering.Value)
        {
            await DeliverAsync();
        }
        return outcome.Answer;
    }

    /// <summary>Calls a method with positional arguments, and throws what it threw.</summary>
    public async Task<T?> CallAsync<T>(ObjectAddress address, string method, params IReadOnlyList<object?> arguments)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(arguments, ObjectJson.Options);
        Answer answer = (await RunAsync(address, new CallTurn(method, json), CancellationToken.None)).OrThrow();
        return answer.Json.IsEmpty ? default : JsonSerializer.Deserialize<T>(answer.Json.Span, ObjectJson.Options);
    }

    /// <summary>Gives an object a turn and returns the whole outcome, past readers and deliveries.</summary>
    public Task<TurnOutcome> StepAsync(ObjectAddress address, Turn turn) =>
        RunTurnAsync(Find(address), turn, CancellationToken.None);

    /// <summary>
    /// Delivers signals in the order in which they were sent, and those that these send, until none is left that can be.
    /// </summary>
    /// <param name="atMost">How many at most.</param>
    /// <returns>How many were.</returns>
    public async Task<int> DeliverAsync(int atMost = int.MaxValue)
    {
        await _delivery.WaitAsync();
        try
        {
            int delivered = 0;
            HashSet<(ObjectId, ObjectId)> heldUp = [];
            while (delivered < atMost && TakeWaiting(heldUp) is { } signal)
            {
                delivered++;
                if (ActivityPort.Takes(signal))
                {
                    await MakeAsync(signal);
                    continue;
                }
                Answer answer = await TryAsync(async () => (await StepAsync(signal.Receiver, new SignalTurn(signal))).Answer);
                if (answer.Error is null)
                {
                    await RunTurnAsync(Find(signal.Sender!), new AcknowledgeTurn([signal.Receipt]), CancellationToken.None);
                }
                else
                {
                    // Those behind it would come too early.
                    heldUp.Add((signal.Sender!.Id, signal.Receiver.Id));
                    lock (_lock)
                    {
                        _waiting.Insert(0, signal);
                    }
                }
            }
            return delivered;
        }
        finally
        {
            _delivery.Release();
        }
    }

    /// <summary>Has an attempt of a workflow made and recorded; if <see cref="LosesOutcome"/>, not recorded.</summary>
    private async Task MakeAsync(Signal signal)
    {
        // What it calls is delivered by the delivery that it is a part of.
        _isDelivering.Value = true;
        Turn outcome = await ActivityPort.RunAsync(signal, _services.GetRequiredService<ActivityRunner>(), this, CancellationToken.None);
        if (LosesOutcome?.Invoke() != true)
        {
            (await RunTurnAsync(Find(signal.Sender!), outcome, CancellationToken.None)).Answer.OrThrow();
        }
    }

    /// <summary>Asked after each attempt of a workflow: whether the process dies before its outcome is recorded.</summary>
    public Func<bool>? LosesOutcome { get; set; }

    /// <summary>Forgets what was to be delivered and reads it anew from the outboxes, as after a restart.</summary>
    public async Task DrainAsync(int atMost = int.MaxValue)
    {
        lock (_lock)
        {
            _waiting.Clear();
        }
        foreach (HostedObject hosted in _objects.Values.Where(one => one.Summary.Outbox > 0))
        {
            await RunTurnAsync(hosted, new DrainTurn(), CancellationToken.None);
        }
        await DeliverAsync(atMost);
    }

    /// <summary>
    /// Gives clock turns to every object that is due, in order of their times, until none is. Returns their answers.
    /// </summary>
    public async Task<IReadOnlyList<Answer>> TickAsync()
    {
        const int TooMany = 10_000;
        List<Answer> answers = [];
        while (NextWake() is { } next && next.Summary.WakeAt <= Clock.GetUtcNow())
        {
            answers.Add(await TryAsync(() => RunAsync(next.Address, new ClockTurn(), CancellationToken.None)));
            if (answers.Count == TooMany)
            {
                throw new InvalidOperationException($"{next.Address} is due again after {TooMany:N0} clock turns at one time.");
            }
        }
        return answers;
    }

    /// <summary>
    /// Moves the clock forward, stopping at each time when an object is due. Returns the answers of the clock turns.
    /// </summary>
    public async Task<IReadOnlyList<Answer>> AdvanceAsync(TimeSpan by)
    {
        DateTimeOffset target = Clock.GetUtcNow() + by;
        List<Answer> answers = [.. await TickAsync()];
        while (NextWake() is { } next && next.Summary.WakeAt <= target)
        {
            Clock.AdvanceTo(next.Summary.WakeAt.Value);
            answers.AddRange(await TickAsync());
        }
        Clock.AdvanceTo(target);
        return answers;
    }

    /// <summary>Moves the clock to when the next object is due, and gives it one clock turn.</summary>
    /// <exception cref="InvalidOperationException">None is.</exception>
    public async Task AdvanceToNextAsync()
    {
        HostedObject next = NextWake() ?? throw new InvalidOperationException("Nothing is due, ever.");
        Clock.AdvanceTo(next.Summary.WakeAt!.Value);
        (await TryAsync(() => RunAsync(next.Address, new ClockTurn(), CancellationToken.None))).OrThrow();
    }

    /// <summary>
    /// Connects a client. What the object answered with an error is thrown; a refusal shows in <see cref="TestSocket.Closed"/>.
    /// </summary>
    public async Task<TestSocket> ConnectAsync(ObjectAddress address, IReadOnlyDictionary<string, string>? query = null)
    {
        TestSocket socket = new(this, address, $"socket-{Interlocked.Increment(ref _lastSocket)}");
        _sockets[socket.Id] = socket;
        SocketOpening opening = new(query ?? new Dictionary<string, string>());
        (await RunAsync(address, new SocketOpenedTurn(socket.Id, opening), CancellationToken.None)).OrThrow();
        return socket;
    }

    /// <summary>Drops every instance, as if all had been idle. Sockets stay open.</summary>
    /// <param name="rebuild">Whether to delete the databases too, and make them anew from the commits.</param>
    public async Task HibernateAllAsync(bool rebuild = false)
    {
        foreach (HostedObject hosted in _objects.Values)
        {
            await hosted.Lane.WaitAsync();
            await hosted.ReaderLane.WaitAsync();
            try
            {
                hosted.Hibernate();
                if (rebuild)
                {
                    await BringAsync(hosted, hosted.Path, hosted.Summary.Head.Commit);
                }
            }
            finally
            {
                hosted.ReaderLane.Release();
                hosted.Lane.Release();
            }
        }
    }

    /// <summary>Writes the database that an object had after a commit.</summary>
    public Task RebuildAsync(ObjectAddress address, long commit, string path) => BringAsync(Find(address), path, commit);

    /// <inheritdoc/>
    public Task<ObjectEntry?> FindAsync(ObjectAddress address, CancellationToken cancellation)
    {
        HostedObject hosted = Find(address);
        return Task.FromResult(hosted.Summary.Exists ? Entry(hosted) : null);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ObjectEntry>> ListAsync(
        string className, string prefix, string? after, int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ObjectEntry>>([.. _objects.Values
            .Where(one => one.Summary.Exists && one.Address.ClassName == className
                && one.Address.Key.StartsWith(prefix, StringComparison.Ordinal)
                && (after is null || string.CompareOrdinal(one.Address.Key, after) > 0))
            .OrderBy(one => one.Address.Key, StringComparer.Ordinal)
            .Take(limit)
            .Select(Entry)]);

    /// <inheritdoc/>
    public Task<IObjectHistory?> HistoryAsync(ObjectAddress address, CancellationToken cancellation)
    {
        HostedObject hosted = Find(address);
        return Task.FromResult<IObjectHistory?>(hosted.Commits.Count > 0 ? hosted : null);
    }

    /// <inheritdoc/>
    public async Task PurgeAsync(ObjectAddress address, CancellationToken cancellation)
    {
        (await RunAsync(address, new DeleteTurn { Caller = Caller.Runtime }, cancellation)).OrThrow();
        if (_objects.TryRemove(address.Id, out HostedObject? hosted))
        {
            hosted.Dispose();
            DatabaseFile.Delete(hosted.Path);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (HostedObject hosted in _objects.Values)
        {
            // A turn under way uses what is taken away; one that a test holds up is not waited for.
            await hosted.Lane.WaitAsync(TurnPatience);
            hosted.Dispose();
        }
        _delivery.Dispose();
        Diagnostics.Dispose();
        Directory.Delete(_folder, recursive: true);
        await _services.DisposeAsync();
    }

    private static ObjectEntry Entry(HostedObject hosted) => new(hosted.Address, hosted.Summary, hosted.LastActive);

    private static async Task BringAsync(HostedObject hosted, string path, long commit)
    {
        if (commit == 0)
        {
            DatabaseFile.WriteEmpty(path);
        }
        else
        {
            await DatabaseFile.RebuildAsync(path, hosted.NewestFirstAsync(commit, commit, null, CancellationToken.None), CancellationToken.None);
        }
    }

    private HostedObject Find(ObjectAddress address)
    {
        Classes.Get(address.ClassName);
        return _objects.GetOrAdd(address.Id, id => new HostedObject(address, Path.Combine(_folder, $"{id}.sqlite")));
    }

    private HostedObject? NextWake() =>
        _objects.Values.Where(one => one.Summary.WakeAt is not null).MinBy(one => (one.Summary.WakeAt, one.Address.Id));

    private Signal? TakeWaiting(HashSet<(ObjectId, ObjectId)> heldUp)
    {
        lock (_lock)
        {
            int index = _waiting.FindIndex(signal => !heldUp.Contains((signal.Sender!.Id, signal.Receiver.Id)));
            if (index < 0)
            {
                return null;
            }
            Signal signal = _waiting[index];
            _waiting.RemoveAt(index);
            return signal;
        }
    }

    /// <summary>A turn that nobody waits for: its error is an answer, however it came about.</summary>
    private static async Task<Answer> TryAsync(Func<Task<Answer>> turn)
    {
        try
        {
            return await turn();
        }
        catch (DurableObjectException error)
        {
            return Answer.Failed(error);
        }
    }

    private async Task<Answer?> ReadAsync(HostedObject hosted, CallTurn call, CancellationToken cancellation)
    {
        ObjectClass objectClass = Classes.Get(hosted.Address.ClassName);
        bool isReading = hosted.Summary.Head != Head.None
            && objectClass.Methods.Any(one => one.IsReadOnly && one.Name.Equals(call.Method, StringComparison.OrdinalIgnoreCase));
        if (!isReading)
        {
            return null;
        }
        await hosted.ReaderLane.WaitAsync(cancellation);
        try
        {
            if (hosted.Reader is null or { IsBroken: true })
            {
                hosted.Reader?.Dispose();
                hosted.Reader = _runtime.OpenReader(hosted.Address, hosted.Path);
            }
            Answer? answer = await hosted.Reader.RunAsync(call);
            await Task.Yield();
            return answer is null ? null : answer with { Version = hosted.Summary.Version };
        }
        finally
        {
            hosted.ReaderLane.Release();
        }
    }

    private async Task<TurnOutcome> RunTurnAsync(HostedObject hosted, Turn turn, CancellationToken cancellation)
    {
        await hosted.Lane.WaitAsync(cancellation);
        try
        {
            return await StepAsync(hosted, turn);
        }
        catch (Exception error) when (hosted.Activation is { IsBroken: true } broken)
        {
            broken.Dispose();
            hosted.Activation = null;
            await StepAsync(hosted, new AbandonedTurn(turn, Failure.From(error)));
            throw;
        }
        finally
        {
            hosted.Lane.Release();
        }
    }

    private async Task<TurnOutcome> StepAsync(HostedObject hosted, Turn turn)
    {
        if (hosted.Activation is null)
        {
            if (!File.Exists(hosted.Path))
            {
                await BringAsync(hosted, hosted.Path, hosted.Summary.Head.Commit);
            }
            hosted.Activation = _runtime.Activate(hosted.Address, hosted.Path, hosted.Summary, hosted);
        }
        TurnOutcome outcome = await hosted.Activation.RunAsync(turn);
        // The runtime goes on in the thread of the turn; a test that blocks there would block the object.
        await Task.Yield();
        Take(hosted, outcome);
        if (outcome.Summary.RestoreTo is not null)
        {
            await RestoreAsync(hosted);
        }
        return outcome;
    }

    private async Task RestoreAsync(HostedObject hosted)
    {
        hosted.Hibernate();
        try
        {
            Take(hosted, await _runtime.RestoreAsync(hosted.Address, hosted.Path, hosted.Summary, hosted, CancellationToken.None));
        }
        catch (Exception error) when (error is InvalidDataException or DurableObjectException)
        {
            await BringAsync(hosted, hosted.Path, hosted.Summary.Head.Commit);
            hosted.Activation = _runtime.Activate(hosted.Address, hosted.Path, hosted.Summary, hosted);
            Take(hosted, await hosted.Activation.RunAsync(new RestoreFailedTurn(error.Message)));
        }
    }

    private void Take(HostedObject hosted, TurnOutcome outcome)
    {
        if (outcome.Commit is { } commit)
        {
            if (commit.Previous != hosted.Summary.Head)
            {
                throw new InvalidOperationException(
                    $"{hosted.Address}: a commit on {commit.Previous}; the head is {hosted.Summary.Head}.");
            }
            hosted.Commits.Add(commit);
        }
        hosted.Summary = outcome.Summary;
        hosted.LastActive = Clock.GetUtcNow();
        Release(outcome);
    }

    /// <summary>Carries out the effects. Sockets that a test has opened by turns of its own are the test's affair.</summary>
    private void Release(TurnOutcome outcome)
    {
        foreach (SocketEffect effect in outcome.SocketEffects)
        {
            switch (effect)
            {
                case SocketSend send:
                    foreach (string id in send.SocketIds)
                    {
                        _sockets.GetValueOrDefault(id)?.Receive(send.Target, send.Arguments);
                    }
                    break;
                case SocketClose close:
                    _sockets.GetValueOrDefault(close.SocketId)?.CloseByObject(close.Closing);
                    break;
            }
        }
        lock (_lock)
        {
            _waiting.AddRange(outcome.Signals);
        }
    }
}
