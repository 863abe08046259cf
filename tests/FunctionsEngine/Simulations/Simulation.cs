using DurableObjects.Archive;
using DurableObjects.DurableEngine;
using DurableObjects.DurableEngine.Client;
using DurableObjects.DurableEngine.Entities;
using DurableObjects.DurableEngine.Orchestrations;
using DurableObjects.Functions;
using DurableObjects.Functions.Alarms;
using DurableObjects.Functions.Archive;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Objects;
using DurableObjects.Functions.Wire;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.Harness;
using DurableObjects.Turns;
using DurableObjects.Workflows;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.FunctionsEngine.Simulations;

/// <summary>
/// The Azure host on several workers, one thing after the other as a seed decides: messages, batches, deaths. The same seed does the same
/// again. Whatever a worker does between two requests to Blob Storage is one step.
/// </summary>
public sealed partial class Simulation : IAsyncDisposable
{
    /// <summary>How long a step may take by a real clock. One that takes so long waits for something that never comes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Action<IServiceCollection>? _services;
    private readonly ObjectClasses _classes;
    private readonly WorkflowClasses _workflows;
    private readonly SimulatedHost _host;
    private readonly List<SimulatedWorker> _workers = [];
    private readonly List<RunningBatch> _batches = [];
    private readonly List<SimulatedCall> _calls = [];
    private readonly Dictionary<string, SimulatedCall> _callsById = [];
    private RunningBatch? _current;
    private bool _continuesHeldUp = true;
    private int _lastWorker;
    private long _lastCall;

    /// <summary>A simulation.</summary>
    /// <param name="seed">Decides everything that is left to chance.</param>
    /// <param name="classes">The object classes.</param>
    /// <param name="services">What they want injected; called for each worker.</param>
    /// <param name="workers">How many workers there are.</param>
    /// <param name="options">The settings of the workers.</param>
    /// <param name="workflows">The workflows and activities.</param>
    public Simulation(
        int seed, IEnumerable<Type> classes, Action<IServiceCollection>? services = null, int workers = 2, AzureHostOptions? options = null,
        IEnumerable<Type>? workflows = null)
    {
        _workflows = new WorkflowClasses(workflows ?? []);
        _host = new SimulatedHost(this, _classes = new ObjectClasses(classes));
        Options = options ?? new AzureHostOptions();
        Random = new Random(seed);
        _services = services;
        Storage = new MemoryBlobContainer(Clock);
        Hub = new TaskHub(Clock, new HubOptions
        {
            SignalError = () => TimeSpan.FromMilliseconds(Faults == Faults.None ? 0 : Random.Next(-100, 200)),
            TimerError = () => TimeSpan.FromMilliseconds(Faults == Faults.None ? 0 : Random.Next(-50, 2_000)),
            IgnoresKnownInstance = () => Roll(Faults.IgnoreKnownStart),
        });
        Client = new HubClient(Hub);
        for (int i = 0; i < workers; i++)
        {
            _workers.Add(NewWorker());
        }
    }

    /// <summary>What the seed decides.</summary>
    public Random Random { get; }

    /// <summary>Everybody's clock. It starts within an hour of no meaning.</summary>
    public FakeClock Clock { get; } = new();

    /// <summary>What goes wrong from now on.</summary>
    public Faults Faults { get; set; } = Faults.None;

    /// <summary>The settings of the workers.</summary>
    public AzureHostOptions Options { get; }

    /// <summary>The platform.</summary>
    public TaskHub Hub { get; }

    /// <summary>A client of it.</summary>
    public HubClient Client { get; }

    /// <summary>Blob Storage.</summary>
    public MemoryBlobContainer Storage { get; }

    /// <summary>The workers that are alive.</summary>
    public IReadOnlyList<SimulatedWorker> Workers => _workers;

    /// <summary>The calls that were sent.</summary>
    public IReadOnlyList<SimulatedCall> Calls => _calls;

    /// <summary>Decides at a request to Blob Storage, before chance does; what it throws is what the request throws.</summary>
    public BlobGate? OnRequest { get; set; }

    /// <summary>Told of each checkpoint of an object's entity, with the state as text; null if it has ended.</summary>
    public Action<EntityInstanceId, string?>? OnCheckpoint { get; set; }

    /// <summary>What was done, for one who looks for the reason of a failure.</summary>
    public List<string> Trace { get; } = [];

    /// <summary>Sends a call, as a trigger does. Whoever waits for an answer sees it in <see cref="SimulatedCall.Answer"/>.</summary>
    public SimulatedCall Send(ObjectAddress address, Turn turn, bool isAwaited = true, string operation = ObjectOperations.Call)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> id = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(id[8..], ++_lastCall);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(id, Clock.GetUtcNow().ToUnixTimeMilliseconds() << 16);
        byte[] packed = WireJson.Pack(turn);
        string text = Packed.ToText(packed);
        const int maxInline = 16_000;
        CallRequest request = new()
        {
            Id = ObjectEntity.CallId(new Guid(id, bigEndian: true)),
            At = Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            IsAwaited = isAwaited,
            Name = address.Name,
            Turn = text.Length <= maxInline ? text : null,
            Payload = text.Length <= maxInline ? null : Completed(new PayloadStore(Storage).WriteAsync(
                address.ClassName, address.Id, packed, CancellationToken.None)),
        };
        SimulatedCall call = new(address, turn, request);
        _calls.Add(call);
        _callsById.Add(request.Id, call);
        Send(address, operation, request);
        return call;
    }

    /// <summary>
    /// Sends every call again that has no answer and is not too old, as a trigger does whose answer has left the state before it looked.
    /// </summary>
    public void AskAgain()
    {
        foreach (SimulatedCall call in _calls.Where(one => one is { Answer: null, IsForgotten: false, Request.IsAwaited: true }))
        {
            if (Clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(call.Request.At) < Limits.CallMemory)
            {
                Send(call.Address, ObjectOperations.Call, call.Request);
            }
            else
            {
                call.IsForgotten = true;
            }
        }
    }

    /// <summary>Sends an operation to an object's entity.</summary>
    public void Send(ObjectAddress address, string operation, object? input) =>
        Hub.Signal(ObjectKeys.EntityOf(address), operation, HubJson.Converter.Serialize(input), null);

    /// <summary>The committed state of an object; null if it has none.</summary>
    public ObjectState? StateOf(ObjectAddress address) =>
        HubJson.Converter.Deserialize<ObjectState>(Hub.StateOf(ObjectKeys.EntityOf(address)));

    /// <summary>Runs a call with nothing else in between and nothing going wrong, and returns its answer.</summary>
    public async Task<Answer> RunAsync(ObjectAddress address, Turn turn)
    {
        SimulatedCall call = Send(address, turn);
        await SettleAsync();
        return call.Answer ?? throw new InvalidOperationException($"{turn} of {address} was not answered.");
    }

    /// <summary>Writes the database of an object as its committed history makes it, and reads it by one call.</summary>
    public async Task<Answer> ReadAsync(ObjectAddress address, CallTurn turn)
    {
        ObjectState state = StateOf(address) ?? throw new InvalidOperationException($"{address} has no state.");
        string path = Path.Combine(Path.GetTempPath(), $"durable-objects-{Guid.NewGuid():n}.sqlite");
        try
        {
            await BuildAsync(address, state, path);
            using ObjectReader reader = _workers[0].Runtime.OpenReader(address, path);
            return await reader.RunAsync(turn) ?? throw new InvalidOperationException("The call is not one that only reads.");
        }
        finally
        {
            DatabaseFile.Delete(path);
        }
    }

    /// <summary>A worker dies: what it ran is lost, and another takes its place.</summary>
    public async Task KillAsync(SimulatedWorker worker)
    {
        ArgumentNullException.ThrowIfNull(worker);
        worker.IsDead = true;
        foreach (RunningBatch batch in _batches.Where(one => one.Worker == worker).ToList())
        {
            _batches.Remove(batch);
            if (Roll(Faults.DieWithOperations))
            {
                Log($"{Short(batch.Work.Id)}: its operations die with worker {worker.Number}");
                Hub.Consume(batch.Work);
            }
            else
            {
                Hub.Abandon(batch.Work);
            }
            await UnwindAsync(batch);
        }
        AbandonActivities(worker);
        _workers[_workers.IndexOf(worker)] = NewWorker();
        worker.Dispose();
    }

    /// <summary>
    /// Goes on without faults until nothing is left to do but what waits for a time that has not come.
    /// </summary>
    /// <param name="withHeldUp">Whether batches that a test holds up go on.</param>
    public async Task SettleAsync(bool withHeldUp = true)
    {
        _continuesHeldUp = withHeldUp;
        const int tooMany = 20_000;
        Faults before = Faults;
        Faults = Faults.None;
        for (int i = 0; await StepAsync(mayWait: false); i++)
        {
            if (i == tooMany)
            {
                throw new InvalidOperationException($"It does not come to rest within {tooMany} steps.");
            }
        }
        Faults = before;
    }

    /// <summary>Delivers all that is on its way, and has each entity take it as one batch.</summary>
    public Task TogetherAsync()
    {
        foreach (HubMessage message in Hub.Deliverable())
        {
            Hub.Deliver(message);
        }
        return SettleAsync();
    }

    /// <summary>Moves the clock forward without faults, doing what is to be done at each time.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        DateTimeOffset target = Clock.GetUtcNow() + by;
        await SettleAsync();
        while (NextTime() is { } next && next <= target)
        {
            Clock.AdvanceTo(next);
            await SettleAsync();
        }
        Clock.AdvanceTo(target);
        await SettleAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (SimulatedWorker worker in _workers)
        {
            worker.IsDead = true;
        }
        foreach (RunningBatch batch in _batches)
        {
            await UnwindAsync(batch);
        }
        foreach (SimulatedWorker worker in _workers)
        {
            worker.Dispose();
        }
        await Client.DisposeAsync();
    }

    private async Task BuildAsync(ObjectAddress address, ObjectState state, string path)
    {
        Head head = state.Summary.Head;
        if (head.Commit == 0)
        {
            DatabaseFile.WriteEmpty(path);
            return;
        }
        History.IObjectHistory history = StateHistory.Of(state, address.ClassName, address.Id, new BlobArchive(Storage))!;
        await DatabaseFile.RebuildAsync(
            path, history.NewestFirstAsync(head.Commit, head.Commit, null, CancellationToken.None), CancellationToken.None);
    }

    private SimulatedWorker NewWorker()
    {
        SimulatedWorker? worker = null;
        GatedContainer storage = new(Storage, (operation, name, isDone) => PassAsync(worker!, operation, name, isDone));
        worker = new SimulatedWorker(++_lastWorker, _classes, _workflows, _services, Clock, storage, Options, Client, _host);
        return worker;
    }

    private DateTimeOffset? NextTime() =>
        Hub.InTransit.Select(one => (DateTimeOffset?)one.Visible).Where(at => at > Clock.GetUtcNow()).Min();

    private bool Roll(double chance) => chance > 0 && Random.NextDouble() < chance;

    private T Pick<T>(IReadOnlyList<T> from) => from[Random.Next(from.Count)];

    private static T Completed<T>(ValueTask<T> task) =>
        task.IsCompletedSuccessfully ? task.Result : throw new InvalidOperationException("The storage in memory does not wait.");
}
