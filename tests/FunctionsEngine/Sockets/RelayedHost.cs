using System.Buffers.Text;
using System.Collections.Concurrent;
using DurableObjects.Functions.Sockets;
using DurableObjects.Harness;
using DurableObjects.History;
using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.FunctionsEngine.Sockets;

/// <summary>
/// The model's test host with the socket effects of every turn handed to the relay, and with deliveries as an object's entity takes them: each
/// once, and an opening that its message has overtaken before that message.
/// </summary>
internal sealed class RelayedHost(TestHost inner, Relay relay) : IObjectHost, IObjectDelivery
{
    private readonly ConcurrentDictionary<ObjectId, Line> _lines = new();
    private readonly ConcurrentDictionary<Task, byte> _underWay = new();

    public TestHost Inner { get; } = inner;

    public ObjectClasses Classes => Inner.Classes;

    public async Task IdleAsync()
    {
        while (UnderWay() is { } task)
        {
            await task;
        }
    }

    public Task<Answer> RunAsync(ObjectAddress address, Turn turn, CancellationToken cancellation)
    {
        bool isReading = turn is CallTurn call && Classes.Get(address.ClassName).Methods
            .Any(method => method.IsReadOnly && method.Name.Equals(call.Method, StringComparison.OrdinalIgnoreCase));
        return isReading ? Inner.RunAsync(address, turn, cancellation) : StepAsync(address, _ => [turn]);
    }

    public ValueTask SendAsync(SocketDelivery delivery, CancellationToken cancellation)
    {
        Task<Answer> run = Task.Run(() => CallAsync(delivery, CancellationToken.None).AsTask(), CancellationToken.None);
        _underWay[run] = 0;
        // One that failed stays, for whoever waits.
        _ = run.ContinueWith(
            done => _underWay.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion,
            TaskScheduler.Default);
        return ValueTask.CompletedTask;
    }

    public async ValueTask<Answer> CallAsync(SocketDelivery delivery, CancellationToken cancellation) =>
        await StepAsync(delivery.Address, line => Turns(line, delivery));

    public ValueTask<AutoResponse?> AutoResponseAsync(ObjectAddress address, CancellationToken cancellation) =>
        ValueTask.FromResult(Inner.SummaryOf(address).AutoResponse);

    public Task<ObjectEntry?> FindAsync(ObjectAddress address, CancellationToken cancellation) => Inner.FindAsync(address, cancellation);

    public Task<IReadOnlyList<ObjectEntry>> ListAsync(
        string className, string prefix, string? after, int limit, CancellationToken cancellation) =>
        Inner.ListAsync(className, prefix, after, limit, cancellation);

    public Task<IObjectHistory?> HistoryAsync(ObjectAddress address, CancellationToken cancellation) =>
        Inner.HistoryAsync(address, cancellation);

    public Task PurgeAsync(ObjectAddress address, CancellationToken cancellation) => Inner.PurgeAsync(address, cancellation);

    private Task? UnderWay() =>
        _underWay.Keys.FirstOrDefault() ?? _lines.Values.Select(line => line.Relayed).FirstOrDefault(task => !task.IsCompleted);

    private static List<Turn> Turns(Line line, SocketDelivery delivery)
    {
        List<Turn> turns = [];
        string? socketId = delivery.Turn switch
        {
            SocketMessageTurn message => message.SocketId,
            SocketClosedTurn closed => closed.SocketId,
            _ => null,
        };
        if (socketId is not null && (delivery.Opening is not null || delivery.Turn is SocketClosedTurn)
            && line.Seen.Add(SocketCallId.OfOpening(socketId)) && delivery.Opening is { } opening)
        {
            turns.Add(new SocketOpenedTurn(socketId, opening) { Caller = delivery.Turn.Caller });
        }
        if (line.Seen.Add(delivery.CallId))
        {
            turns.Add(delivery.Turn);
        }
        return turns;
    }

    private async Task<Answer> StepAsync(ObjectAddress address, Func<Line, List<Turn>> turns)
    {
        Line line = _lines.GetOrAdd(address.Id, _ => new Line());
        await line.Lane.WaitAsync();
        try
        {
            Answer answer = Answer.Nothing;
            foreach (Turn turn in turns(line))
            {
                TurnOutcome outcome = await TryAsync(address, turn);
                answer = outcome.Answer;
                if (RelayEffects.Of(turn, outcome) is { Count: > 0 } effects)
                {
                    string inline = Base64Url.EncodeToString(SocketEffectCodec.Encode(effects));
                    RelayBatch batch = new(1, [new RelayEntry(++line.LastSend, inline, null)]);
                    line.Relayed = RelayAsync(line, line.Relayed, $"{address.ClassName}.{address.Id}", batch);
                }
            }
            return answer;
        }
        finally
        {
            line.Lane.Release();
        }
    }

    /// <summary>What the host could not run fails like a turn, as an entity's operation does.</summary>
    private async Task<TurnOutcome> TryAsync(ObjectAddress address, Turn turn)
    {
        try
        {
            return await Inner.StepAsync(address, turn);
        }
        catch (DurableObjectException error)
        {
            return new TurnOutcome(Answer.Failed(error), Inner.SummaryOf(address));
        }
    }

    private async Task RelayAsync(Line line, Task before, string group, RelayBatch batch)
    {
        await before;
        line.State = await relay.SendAsync(group, line.State, batch, CancellationToken.None);
    }

    /// <summary>One object's turns, one after the other, and its relay.</summary>
    private sealed class Line
    {
        public SemaphoreSlim Lane { get; } = new(1, 1);

        public HashSet<Guid> Seen { get; } = [];

        public long LastSend { get; set; }

        public RelayState State { get; set; } = new();

        public Task Relayed { get; set; } = Task.CompletedTask;
    }
}
