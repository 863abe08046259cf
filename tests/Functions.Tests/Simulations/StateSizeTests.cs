using System.Text;
using DurableObjects.DurableEngine;
using DurableObjects.DurableEngine.Entities;
using DurableObjects.Functions.Objects;
using DurableObjects.FunctionsEngine.Simulations;
using DurableObjects.Turns;

namespace DurableObjects.Functions.Tests.Simulations;

/// <summary>The text of an entity's state stays under 24,000 characters, however long the object lives and whatever it does.</summary>
public sealed class StateSizeTests
{
    /// <summary>As long as a name may be, and each character six in JSON.</summary>
    private static readonly string LongName = new('é', Limits.NameBytes / 2);

    [Fact]
    public async Task It_stays_small_over_a_hundred_thousand_turns()
    {
        await using LedgerSimulation ledgers = new(seed: 1, objects: 1, workers: 1);
        Simulation simulation = ledgers.Simulation;
        const int operations = 24;
        const int turns = 100_000;
        int longest = 0;
        ObjectAddress address = LedgerSimulation.Address(ledgers.Names[0]);
        for (int turn = 0; turn < turns;)
        {
            for (int i = 0; i < operations; i++)
            {
                simulation.Send(address, new CallTurn("act", Encoding.UTF8.GetBytes($"[{{\"tag\":\"{turn++ % 100}\"}}]"))).IsForgotten = true;
            }
            await simulation.TogetherAsync();
            simulation.Clock.Advance(TimeSpan.FromMilliseconds(100));
            longest = Math.Max(longest, simulation.Hub.StateOf(ObjectKeys.EntityOf(address))!.Length);
        }

        Assert.InRange(simulation.StateOf(address)!.Summary.Head.Commit, turns, turns * 2);
        Assert.InRange(longest, 10_000, ObjectState.MaxCharacters - 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task It_stays_small_when_everything_in_it_is_as_long_as_it_may_be(int seed)
    {
        await using LedgerSimulation ledgers = new(seed, objects: 30, workers: 1);
        Simulation simulation = ledgers.Simulation;
        ObjectAddress address = LedgerSimulation.Address(LongName);
        for (int i = 0; i < 20; i++)
        {
            simulation.Send(address, new SocketOpenedTurn($"socket-{i}", new SocketOpening(new Dictionary<string, string>())));
        }
        await simulation.SettleAsync();
        for (int round = 0; round < 20; round++)
        {
            foreach (string sender in ledgers.Names)
            {
                ledgers.Act(sender, new Deed($"{sender}-{round}") { Peers = [LongName] });
            }
            await simulation.SettleAsync();
            for (int i = 0; i < 24; i++)
            {
                Deed deed = new($"{round}-{i}")
                {
                    Bytes = simulation.Random.Next(3) == 0 ? simulation.Random.Next(12_000) : 0,
                    AnswerLength = simulation.Random.Next(3) switch { 0 => 0, 1 => simulation.Random.Next(1_500, 2_100), _ => simulation.Random.Next(9_000) },
                    AutoResponse = simulation.Random.Next(4) == 0 ? Noise.Text(i, simulation.Random.Next(100, Limits.AutoResponseCharacters)) : null,
                    Sends = simulation.Random.Next(2) == 0,
                    Fails = simulation.Random.Next(6) == 0,
                    Alarm = 1_000_000_000,
                    Peers = [.. ledgers.Names.Take(simulation.Random.Next(4))],
                };
                simulation.Send(address, new CallTurn("act", System.Text.Json.JsonSerializer.SerializeToUtf8Bytes<object[]>([deed], ObjectJson.Options)));
            }
            await simulation.TogetherAsync();
            simulation.Clock.Advance(TimeSpan.FromSeconds(simulation.Random.Next(10)));
            for (int again = 0; again < 20; again++)
            {
                simulation.AskAgain();
                await simulation.SettleAsync();
            }
        }
        Assert.All(simulation.Calls.Where(call => call.Address == address && call.Turn is CallTurn), call => Assert.NotNull(call.Answer));
        Assert.InRange(ledgers.LongestState, 15_000, ObjectState.MaxCharacters - 1);
    }
}
