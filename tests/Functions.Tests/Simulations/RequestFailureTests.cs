using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.FunctionsEngine.Simulations;

namespace DurableObjects.Functions.Tests.Simulations;

/// <summary>
/// Each request to Blob Storage fails once: the archive's, the payloads', the catalogue's, before and after it was done. What was going on is
/// rolled back and answered as an error, or tried again; everything else is as if nothing had happened.
/// </summary>
public sealed class RequestFailureTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_request_may_fail_once(bool hasBeenDone)
    {
        int requests = await RunAsync(failing: -1, hasBeenDone);
        Assert.InRange(requests, 20, 400);
        for (int failing = 0; failing < requests; failing++)
        {
            await RunAsync(failing, hasBeenDone);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_worker_may_die_at_every_request(bool hasBeenDone)
    {
        int requests = await RunAsync(failing: -1, hasBeenDone);
        for (int failing = 0; failing < requests; failing++)
        {
            await RunAsync(failing, hasBeenDone, dies: true);
        }
    }

    private static async Task<int> RunAsync(int failing, bool hasBeenDone, bool dies = false)
    {
        await using LedgerSimulation ledgers = new(seed: 5, objects: 2, workers: 1);
        Simulation simulation = ledgers.Simulation;
        int requests = 0;
        simulation.OnRequest = (operation, name, isDone) =>
        {
            bool isRead = operation is BlobOperation.Open or BlobOperation.Read or BlobOperation.List;
            if (isDone != (hasBeenDone && !isRead) || requests++ != failing)
            {
                return ValueTask.CompletedTask;
            }
            return dies ? simulation.DieHereAsync() : throw new IOException($"{operation} of {name} fails.");
        };
        string one = ledgers.Names[0];
        string other = ledgers.Names[1];
        ledgers.Open(one, "socket");
        await simulation.SettleAsync();
        for (int i = 0; i < 6; i++)
        {
            ledgers.Act(one, new Deed($"deed-{i}") { Bytes = 9_000, Sends = i % 2 == 0, AnswerLength = i % 3 == 0 ? 4_000 : 0, Peers = [other] });
            ledgers.Act(one, new Deed($"look-{i}") { Looks = true, AnswerLength = 2_000 });
            await simulation.SettleAsync();
            if (i == 2)
            {
                await simulation.KillAsync(simulation.Workers[0]);
            }
        }
        ledgers.Act(one, new Deed("automatic") { AutoResponse = Noise.Text(1, 900), Alarm = 5_000 });
        ledgers.Act(one, new Deed("one-way") { Peers = [other] }, isAwaited: false);
        await simulation.AdvanceAsync(TimeSpan.FromMinutes(2));
        await simulation.KillAsync(simulation.Workers[0]);
        ledgers.Act(one, new Deed("last"));
        await simulation.AdvanceAsync(TimeSpan.FromMinutes(2));
        simulation.OnRequest = null;
        await ledgers.CheckAsync();
        return requests;
    }
}
