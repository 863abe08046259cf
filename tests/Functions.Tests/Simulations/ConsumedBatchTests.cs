using DurableObjects.Functions.Objects;
using DurableObjects.FunctionsEngine.Simulations;
using DurableObjects.Turns;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.Functions.Tests.Simulations;

/// <summary>
/// A worker's process that dies under a living host takes the operations of its batch along: the platform takes them for done, with an error
/// that nobody hears. What matters comes about all the same.
/// </summary>
public sealed class ConsumedBatchTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(3);

    private readonly LedgerSimulation _ledgers = new(seed: 1, objects: 2, workers: 1);

    private Simulation Simulation => _ledgers.Simulation;

    private string One => _ledgers.Names[0];

    private string Two => _ledgers.Names[1];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _ledgers.DisposeAsync();

    [Fact]
    public async Task A_signal_that_is_lost_at_its_receiver_is_sent_again()
    {
        await SendAsync();
        await Simulation.RunNextAsync(Entity(One));
        Assert.Equal([ObjectOperations.Signal], Simulation.ConsumeNext(Entity(Two)));
        await ArrivesOnceAsync();
    }

    [Fact]
    public async Task A_drain_that_is_lost_at_the_sender_is_looked_after()
    {
        await SendAsync();
        Assert.Equal([ObjectOperations.Drain], Simulation.ConsumeNext(Entity(One)));
        await ArrivesOnceAsync();
    }

    [Fact]
    public async Task An_acknowledgement_that_is_lost_comes_again_and_empties_the_outbox()
    {
        await SendAsync();
        await Simulation.RunNextAsync(Entity(One));
        await Simulation.RunNextAsync(Entity(Two));
        await Simulation.RunNextAsync(Entity(Two));
        Assert.Equal([ObjectOperations.Acknowledge], Simulation.ConsumeNext(Entity(One)));
        await ArrivesOnceAsync();
    }

    [Fact]
    public async Task A_drain_that_is_lost_at_the_receiver_delays_the_acknowledgement_and_no_more()
    {
        await SendAsync();
        await Simulation.RunNextAsync(Entity(One));
        await Simulation.RunNextAsync(Entity(Two));
        Assert.Equal([ObjectOperations.Drain], Simulation.ConsumeNext(Entity(Two)));
        await ArrivesOnceAsync();
    }

    [Fact]
    public async Task An_alarm_whose_operation_is_lost_fires_a_little_later()
    {
        _ledgers.Act(One, new Deed("alarm") { Alarm = 10_000 });
        await Simulation.SettleAsync();
        Simulation.Clock.Advance(TimeSpan.FromSeconds(11));
        await Simulation.RunOrchestrationsAsync();
        Assert.Equal([ObjectOperations.Clock], Simulation.ConsumeNext(Entity(One)));
        await Simulation.AdvanceAsync(Long);
        Assert.Equal("alarm", (await _ledgers.RowsAsync(One))[^1].Kind);
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task A_call_that_is_lost_is_sent_again_by_its_caller_and_runs_once()
    {
        SimulatedCall call = _ledgers.Act(One, new Deed("call"));
        Assert.Equal([ObjectOperations.Call], Simulation.ConsumeNext(Entity(One)));
        Simulation.AskAgain();
        await Simulation.AdvanceAsync(Long);
        Assert.Null(call.Answer!.Error);
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task A_receiver_that_refuses_for_long_gets_its_signals_ever_more_rarely_and_all_of_them_in_the_end()
    {
        const int Signals = 100;
        _ledgers.Act(One, new Deed("first"));
        await Simulation.SettleAsync();
        for (int i = 0; i < Signals; i++)
        {
            _ledgers.Act(One, new Deed($"call {i}") { Peers = [Two] });
        }
        // The receiver would come to exist, and cannot be listed.
        bool isDown = true;
        Simulation.OnRequest = (_, name, _) => isDown && name.StartsWith("catalogue/", StringComparison.Ordinal)
            ? throw new IOException("The storage is down.")
            : ValueTask.CompletedTask;
        await Simulation.AdvanceAsync(TimeSpan.FromMinutes(30));
        long sent = Simulation.Hub.FiguresOf(Entity(One).ToString()).Signals;
        Assert.InRange(sent, Signals, 60 * Signals);

        isDown = false;
        await Simulation.AdvanceAsync(TimeSpan.FromHours(2));
        await _ledgers.CheckAsync();
        Assert.Equal(0, Simulation.StateOf(LedgerSimulation.Address(One))!.Summary.Outbox);
    }

    private static EntityInstanceId Entity(string name) => ObjectKeys.EntityOf(LedgerSimulation.Address(name));

    /// <summary>Has one object signal the other; the signal is committed, and has not left.</summary>
    private async Task SendAsync()
    {
        _ledgers.Act(One, new Deed("call") { Peers = [Two] });
        await Simulation.RunNextAsync(Entity(One));
        Assert.Equal(1, Simulation.StateOf(LedgerSimulation.Address(One))!.Summary.Outbox);
    }

    private async Task ArrivesOnceAsync()
    {
        await Simulation.AdvanceAsync(Long);
        await _ledgers.CheckAsync();
        Assert.Equal("signal", Assert.Single(await _ledgers.RowsAsync(Two)).Kind);
        Assert.Equal(0, Simulation.StateOf(LedgerSimulation.Address(One))!.Summary.Outbox);
    }
}
