using System.Text.Json;
using DurableObjects.DurableEngine;
using DurableObjects.Functions.Objects;
using DurableObjects.FunctionsEngine.Simulations;
using DurableObjects.Turns;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Functions.Tests.Simulations;

/// <summary>Some ledgers in a simulation, and what must hold of them.</summary>
internal sealed class LedgerSimulation : IAsyncDisposable
{
    private readonly Dictionary<string, (SimulatedCall Call, Deed Deed)> _byTag = [];
    private readonly string[] _names;

    public LedgerSimulation(int seed, int objects = 3, int workers = 2, AzureHostOptions? options = null)
    {
        Witness = new Witness(seed);
        Simulation = new Simulation(seed, [typeof(Ledger)], services => services.AddSingleton(Witness), workers, options)
        {
            OnCheckpoint = Checkpointed,
        };
        Witness.Hang = Simulation.HangAsync;
        _names = [.. Enumerable.Range(0, objects).Select(number => $"ledger-{number}")];
    }

    public Simulation Simulation { get; }

    public Witness Witness { get; }

    /// <summary>Characters of the longest state that was ever committed.</summary>
    public int LongestState { get; private set; }

    /// <summary>Whether operations may die with their worker: one-way calls and sends to sockets are then gone.</summary>
    public bool LosesOperations { get; init; }

    public IReadOnlyList<string> Names => _names;

    public static ObjectAddress Address(string name) => ObjectAddress.OfName("ledger", name);

    public SimulatedCall Act(string name, Deed deed, bool isAwaited = true)
    {
        SimulatedCall call = Simulation.Send(Address(name), Turn("act", deed), isAwaited);
        _byTag.Add(deed.Tag, (call, deed));
        return call;
    }

    public void Open(string name, string socket) =>
        Simulation.Send(Address(name), new SocketOpenedTurn(socket, new SocketOpening(new Dictionary<string, string>())));

    /// <summary>What an object's history says, built from the storage as it is.</summary>
    public async Task<IReadOnlyList<LedgerRow>> RowsAsync(string name)
    {
        if (Simulation.StateOf(Address(name)) is not { } state || !state.Summary.Exists)
        {
            return [];
        }
        Answer answer = await Simulation.ReadAsync(Address(name), new CallTurn("rows", default));
        return JsonSerializer.Deserialize<List<LedgerRow>>(answer.OrThrow().Json.Span, ObjectJson.Options)!;
    }

    /// <summary>Asserts that everything that was promised has come about. To be called when nothing is left to do.</summary>
    public async Task CheckAsync()
    {
        Assert.Equal(0, Witness.Early);
        Assert.True(LongestState < ObjectState.MaxCharacters, $"A state had {LongestState} characters.");
        Dictionary<string, IReadOnlyList<LedgerRow>> rows = [];
        foreach (string name in _names)
        {
            rows.Add(name, await RowsAsync(name));
        }
        CheckCalls(rows);
        foreach (string name in _names)
        {
            CheckSignals(name, rows);
            CheckSends(name, rows[name]);
            CheckAlarms(name, rows[name]);
        }
    }

    public ValueTask DisposeAsync() => Simulation.DisposeAsync();

    private static CallTurn Turn(string method, params IReadOnlyList<object> arguments) =>
        new(method, JsonSerializer.SerializeToUtf8Bytes(arguments, ObjectJson.Options));

    private void Checkpointed(EntityInstanceId id, string? state) => LongestState = Math.Max(LongestState, state?.Length ?? 0);

    /// <summary>A call that was answered ran once and is there; one that failed left nothing.</summary>
    private void CheckCalls(Dictionary<string, IReadOnlyList<LedgerRow>> rows)
    {
        foreach ((string tag, (SimulatedCall call, Deed deed)) in _byTag)
        {
            List<LedgerRow> found = [.. rows[call.Address.Name!].Where(row => row.Kind == "call" && row.Tag == tag)];
            Assert.True(found.Count <= 1, $"{tag} ran {found.Count} times.");
            if (!call.Request.IsAwaited)
            {
                bool mayBeMissing = LosesOperations && found.Count == 0;
                Assert.True(mayBeMissing || found.Count == (deed.Fails || deed.Looks ? 0 : 1), $"The one-way {tag} ran {found.Count} times.");
                continue;
            }
            if (call.IsForgotten)
            {
                continue;
            }
            Assert.True(call.Answer is not null, $"{tag} was never answered.");
            if (call.Answer.Error is not null)
            {
                Assert.True(found.Count == 0, $"{tag} was answered '{call.Answer.Error.Detail}', and is there.");
                continue;
            }
            string[] answer = JsonSerializer.Deserialize<string>(call.Answer.Json.Span)!.Split(':');
            Assert.Equal(tag, answer[0]);
            Assert.True(found.Count == (deed.Looks ? 0 : 1), $"{tag} was answered and is lost.");
            Assert.True(
                deed.Looks || found[0].Run.ToString() == answer[1],
                $"{tag} was answered from run {answer[1]}, and run {found.FirstOrDefault()?.Run} is there.");
        }
    }

    /// <summary>What each object was signalled is what the others have committed, once and in order.</summary>
    private void CheckSignals(string name, Dictionary<string, IReadOnlyList<LedgerRow>> rows)
    {
        foreach (string sender in _names)
        {
            IEnumerable<long> sent = rows[sender].SelectMany(row => row.Peers.Split(',').Where(peer => peer == name).Select(_ => row.Run));
            IEnumerable<long> received = rows[name].Where(row => row.Kind == "signal" && row.Tag == sender).Select(row => row.Run);
            Assert.True(
                sent.SequenceEqual(received),
                $"{sender} sent {string.Join(",", sent)} to {name}, which has received {string.Join(",", received)}.");
        }
    }

    /// <summary>What went to sockets is what was committed, once and in order.</summary>
    private void CheckSends(string name, IReadOnlyList<LedgerRow> rows)
    {
        RelayLog? log = HubJson.Converter.Deserialize<RelayLog>(Simulation.Hub.StateOf(ObjectKeys.RelayOf(Address(name))));
        IEnumerable<string> sent = (log?.Lines ?? []).Where(line => line.StartsWith("send", StringComparison.Ordinal)).Select(line => line.Split(' ')[^1]);
        IEnumerable<string> committed = rows.Where(row => row.Sent).Select(row => row.Run.ToString());
        if (LosesOperations)
        {
            committed = committed.Where(sent.Contains);
        }
        Assert.True(
            committed.SequenceEqual(sent), $"{name} has committed sends of {string.Join(",", committed)}; out went {string.Join(",", sent)}.");
    }

    /// <summary>An alarm that was set, and not set again before, has fired; none fired that was not set.</summary>
    private static void CheckAlarms(string name, IReadOnlyList<LedgerRow> rows)
    {
        long? set = null;
        foreach (LedgerRow row in rows)
        {
            if (row.Kind == "alarm")
            {
                Assert.True(row.Alarm == set, $"{name}: an alarm fired for {row.Alarm}; it was set to {set}.");
                set = null;
            }
            else
            {
                set = row.Alarm ?? set;
            }
        }
        Assert.True(set is null, $"{name}: the alarm for {set} has not fired.");
    }
}
