using DurableObjects.DurableEngine;
using DurableObjects.Functions.Catalogue;
using DurableObjects.Functions.Objects;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.FunctionsEngine.Simulations;
using DurableObjects.Turns;

namespace DurableObjects.Functions.Tests.Simulations;

/// <summary>Operations one by one, and what one of them may do to the others of its batch.</summary>
public sealed class OperationTests : IAsyncLifetime
{
    private readonly LedgerSimulation _ledgers = new(seed: 1, objects: 2, workers: 1);

    private Simulation Simulation => _ledgers.Simulation;

    private ObjectAddress One => LedgerSimulation.Address(_ledgers.Names[0]);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _ledgers.DisposeAsync();

    [Theory]
    [InlineData("nonsense", null)]
    [InlineData(ObjectOperations.Call, null)]
    [InlineData(ObjectOperations.Signal, "{\"class\":\"ledger\",\"from\":\"xyz\"}")]
    [InlineData(ObjectOperations.Clock, "7")]
    public async Task A_message_that_means_nothing_leaves_the_object_as_it_was(string operation, string? input)
    {
        _ledgers.Act(_ledgers.Names[0], new Deed("first"));
        await Simulation.SettleAsync();
        Head head = Simulation.StateOf(One)!.Summary.Head;

        Simulation.Hub.Signal(ObjectKeys.EntityOf(One), operation, input, null);
        _ledgers.Act(_ledgers.Names[0], new Deed("second"));
        await Simulation.TogetherAsync();

        Assert.Equal(head.Commit + 1, Simulation.StateOf(One)!.Summary.Head.Commit);
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task A_call_behind_the_expiry_of_an_empty_object_is_not_lost()
    {
        _ledgers.Act(_ledgers.Names[0], new Deed("first"));
        await Simulation.SettleAsync();
        Simulation.Send(One, new DeleteTurn { Caller = Caller.Runtime }, operation: ObjectOperations.Purge);
        await Simulation.AdvanceAsync(TimeSpan.FromMinutes(16));
        Assert.Equal(0, Simulation.StateOf(One)!.Summary.Head.Commit);

        Simulation.Send(One, ObjectOperations.Expire, null);
        SimulatedCall call = Simulation.Send(One, new CallTurn("act", "[{\"tag\":\"second\"}]"u8.ToArray()));
        await Simulation.TogetherAsync();

        Assert.Null(call.Answer!.Error);
        Assert.Equal("second", Assert.Single(await _ledgers.RowsAsync(_ledgers.Names[0])).Tag);
    }

    [Fact]
    public async Task A_call_behind_a_purge_meets_the_object_as_new()
    {
        _ledgers.Act(_ledgers.Names[0], new Deed("first"));
        await Simulation.SettleAsync();
        SimulatedCall purge = Simulation.Send(One, new DeleteTurn { Caller = Caller.Runtime }, operation: ObjectOperations.Purge);
        SimulatedCall call = Simulation.Send(One, new CallTurn("act", "[{\"tag\":\"second\"}]"u8.ToArray()));
        await Simulation.TogetherAsync();

        Assert.Null(purge.Answer!.Error);
        Assert.Null(call.Answer!.Error);
        Assert.Equal("second", Assert.Single(await _ledgers.RowsAsync(_ledgers.Names[0])).Tag);
    }

    [Theory]
    [InlineData("archive/")]
    [InlineData("automatic/")]
    public async Task A_purge_on_a_worker_that_was_given_up_for_dead_takes_nothing_of_the_next_life(string heldUpAt)
    {
        await using LedgerSimulation ledgers = new(seed: 1, objects: 1, workers: 2);
        Simulation simulation = ledgers.Simulation;
        string name = ledgers.Names[0];
        ObjectAddress address = LedgerSimulation.Address(name);
        simulation.Send(address, new CallTurn("act", "[{\"tag\":\"first\",\"bytes\":30000}]"u8.ToArray()));
        simulation.Send(address, new DeleteTurn { Caller = Caller.Runtime }, operation: ObjectOperations.Purge);
        bool isHeldUp = false;
        simulation.OnRequest = async (operation, prefix, _) =>
        {
            if (operation == BlobOperation.List && prefix.StartsWith(heldUpAt, StringComparison.Ordinal) && !isHeldUp)
            {
                isHeldUp = true;
                await simulation.HoldUpAsync();
            }
        };
        while (!isHeldUp)
        {
            Assert.True(await simulation.StepAsync(mayWait: false));
        }

        simulation.Clock.Advance(TimeSpan.FromMinutes(1));
        await simulation.TakeOverAsync();
        ledgers.Act(name, new Deed("second") { Bytes = 30_000, AnswerLength = 5_000, AutoResponse = Noise.Text(1, 900) });
        await simulation.SettleAsync(withHeldUp: false);
        await simulation.SettleAsync();

        simulation.OnRequest = null;
        await simulation.KillAsync(simulation.Workers[0]);
        await simulation.KillAsync(simulation.Workers[1]);
        ledgers.Act(name, new Deed("third"));
        await simulation.SettleAsync();
        await ledgers.CheckAsync();
        Assert.Equal(["second", "third"], (await ledgers.RowsAsync(name)).Select(row => row.Tag));
    }

    [Fact]
    public async Task A_call_that_was_answered_from_the_database_is_not_run_again()
    {
        SimulatedCall first = _ledgers.Act(_ledgers.Names[0], new Deed("first"));
        await Simulation.SettleAsync();
        for (int i = 0; Simulation.StateOf(One)!.Find(first.Request.Id) is not null; i++)
        {
            _ledgers.Act(_ledgers.Names[0], new Deed($"deed-{i}") { AnswerLength = 1_000 });
            await Simulation.SettleAsync();
        }

        Simulation.Send(One, ObjectOperations.Call, first.Request);
        await Simulation.SettleAsync();

        Assert.NotNull(Simulation.StateOf(One)!.Find(first.Request.Id));
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task A_turn_that_never_ends_is_abandoned_and_the_others_run()
    {
        SimulatedCall hangs = _ledgers.Act(_ledgers.Names[0], new Deed("hangs") { Hangs = true, Sends = true, Peers = [_ledgers.Names[1]] });
        SimulatedCall next = _ledgers.Act(_ledgers.Names[0], new Deed("next"));
        await Simulation.TogetherAsync();

        Assert.Equal(ErrorCodes.DeadlineExceeded, hangs.Answer!.Error!.Code);
        Assert.Null(next.Answer!.Error);
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task An_object_returns_to_any_moment_however_its_history_lies_and_back_again()
    {
        List<(DateTimeOffset At, int Rows)> moments = [];
        for (int i = 0; i < 30; i++)
        {
            _ledgers.Act(_ledgers.Names[0], new Deed($"deed-{i}") { Bytes = i % 3 == 0 ? 15_000 : 500 });
            await Simulation.AdvanceAsync(TimeSpan.FromSeconds(10));
            moments.Add((Simulation.Clock.GetUtcNow() - TimeSpan.FromMilliseconds(1), i + 1));
        }
        Assert.True(Simulation.Storage.Names.Count(name => name.StartsWith("archive/", StringComparison.Ordinal)) > 5);

        foreach ((DateTimeOffset at, int rows) in new[] { moments[3], moments[29], moments[0], moments[17] })
        {
            History.IObjectHistory history = StateHistory.Of(
                Simulation.StateOf(One)!, One.ClassName, One.Id, new DurableObjects.Functions.Archive.BlobArchive(Simulation.Storage))!;
            History.Moment moment = (await history.FindAsync(at, CancellationToken.None))!;
            History.Bookmark bookmark = new(moment.Commit, Simulation.StateOf(One)!.Summary.History);
            Answer answer = await Simulation.RunAsync(One, new RestoreTurn(bookmark) { Caller = Caller.Runtime });
            Assert.Null(answer.Error);
            Assert.Equal(rows, (await _ledgers.RowsAsync(_ledgers.Names[0])).Count);
        }
    }

    [Fact]
    public async Task What_is_left_of_a_purged_object_goes_with_its_expiry()
    {
        _ledgers.Act(_ledgers.Names[0], new Deed("first") { Bytes = 30_000, AnswerLength = 5_000 });
        await Simulation.SettleAsync();
        Assert.Contains(Simulation.Storage.Names, name => name.StartsWith("archive/", StringComparison.Ordinal));
        Simulation.Send(One, new DeleteTurn { Caller = Caller.Runtime }, operation: ObjectOperations.Purge);
        await Simulation.SettleAsync();
        // Whoever called just before gets his answer.
        Assert.StartsWith(
            Assert.Single(Simulation.StateOf(One)!.Answers!, answer => answer.Payload is not null).Payload,
            Assert.Single(Simulation.Storage.Names)["payloads/".Length..], StringComparison.Ordinal);

        Simulation.Send(One, ObjectOperations.Expire, null);
        await Simulation.SettleAsync();
        Assert.NotNull(Simulation.StateOf(One));

        await Simulation.AdvanceAsync(TimeSpan.FromMinutes(16));
        Simulation.Send(One, ObjectOperations.Expire, null);
        await Simulation.SettleAsync();
        Assert.Null(Simulation.StateOf(One));
    }

    [Fact]
    public async Task An_object_that_was_met_by_its_id_is_listed_by_its_name_once_it_is_known()
    {
        ObjectAddress byId = One with { Name = null };
        await Simulation.RunAsync(byId, new CallTurn("act", "[{\"tag\":\"first\"}]"u8.ToArray()));
        Assert.Equal([byId], await ListAsync());

        await Simulation.RunAsync(One, new CallTurn("act", "[{\"tag\":\"second\"}]"u8.ToArray()));
        Assert.Equal(One.Name, Simulation.StateOf(One)!.Name);
        Assert.Equal([One], await ListAsync());

        await Simulation.RunAsync(byId, new DeleteTurn { Caller = Caller.Runtime });
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task A_name_that_came_with_a_call_that_could_not_be_run_is_learned_with_the_next()
    {
        ObjectAddress byId = One with { Name = null };
        await Simulation.RunAsync(byId, new CallTurn("act", "[{\"tag\":\"first\"}]"u8.ToArray()));
        Simulation.OnRequest = (_, name, _) => name.StartsWith("payloads/", StringComparison.Ordinal)
            ? throw new IOException("It fails.") : ValueTask.CompletedTask;
        SimulatedCall failed = Simulation.Send(One, new CallTurn("act", "[{\"tag\":\"second\",\"answerLength\":4000}]"u8.ToArray()));
        SimulatedCall next = Simulation.Send(One, new CallTurn("act", "[{\"tag\":\"third\"}]"u8.ToArray()));
        await Simulation.TogetherAsync();

        Assert.NotNull(failed.Answer!.Error);
        Assert.Null(next.Answer!.Error);
        Assert.Equal(One.Name, Simulation.StateOf(One)!.Name);
        Assert.Equal([One], await ListAsync());
    }

    [Fact]
    public async Task A_long_automatic_answer_is_written_once()
    {
        _ledgers.Act(_ledgers.Names[0], new Deed("first") { AutoResponse = Noise.Text(1, 1_000) });
        await Simulation.SettleAsync();
        Simulation.Storage.TakeRequests();

        for (int i = 0; i < 5; i++)
        {
            _ledgers.Act(_ledgers.Names[0], new Deed($"deed-{i}"));
            await Simulation.SettleAsync();
        }

        Assert.Empty(Simulation.Storage.TakeRequests());
        Assert.NotNull(Simulation.StateOf(One)!.AutoResponse);
    }

    [Fact]
    public async Task An_alarm_that_was_due_while_no_worker_ran_fires_and_starts_no_flood()
    {
        _ledgers.Act(_ledgers.Names[0], new Deed("first") { Alarm = 60_000 });
        await Simulation.SettleAsync();

        Simulation.Clock.Advance(TimeSpan.FromHours(1));
        _ledgers.Act(_ledgers.Names[0], new Deed("second"));
        await Simulation.TogetherAsync();
        await Simulation.AdvanceAsync(TimeSpan.FromMinutes(1));

        await _ledgers.CheckAsync();
        Assert.InRange(Simulation.Hub.Total.Starts, 1, 2);
    }

    [Fact]
    public async Task An_expiry_that_every_call_moves_keeps_one_orchestration()
    {
        for (int i = 0; i < 1_000; i++)
        {
            _ledgers.Act(_ledgers.Names[0], new Deed($"deed-{i}") { Alarm = 30_000 });
            await Simulation.AdvanceAsync(TimeSpan.FromMilliseconds(50));
        }

        Assert.Single(Simulation.Hub.RunningOrchestrations);
        Assert.InRange(Simulation.Hub.Total.Starts, 1, 4);
        await Simulation.AdvanceAsync(TimeSpan.FromMinutes(1));
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task A_batch_that_was_not_checkpointed_leaves_no_gap_in_the_history()
    {
        // The second batch commits nothing, but its long answers drive the commits out of the state into the archive.
        for (int i = 0; Simulation.StateOf(One)?.Tail is not { Length: > 15_000 }; i++)
        {
            _ledgers.Act(_ledgers.Names[0], new Deed($"deed-{i}") { Bytes = 700 });
            await Simulation.SettleAsync();
        }
        await Simulation.AdvanceAsync(TimeSpan.FromMinutes(16));
        for (int i = 0; i < 5; i++)
        {
            _ledgers.Act(_ledgers.Names[0], new Deed($"look-{i}") { Looks = true, AnswerLength = 1_300 });
        }
        string before = Simulation.Hub.StateOf(ObjectKeys.EntityOf(One))!;
        await Simulation.LoseNextCheckpointAsync(ObjectKeys.EntityOf(One));
        Assert.Equal(before, Simulation.Hub.StateOf(ObjectKeys.EntityOf(One)));

        _ledgers.Act(_ledgers.Names[0], new Deed("last"));
        await Simulation.SettleAsync();
        await _ledgers.CheckAsync();
    }

    private async Task<List<ObjectAddress>> ListAsync()
    {
        List<ObjectAddress> found = [];
        await foreach (ObjectAddress address in new BlobCatalogue(Simulation.Storage).ListAsync("ledger", "", null, CancellationToken.None))
        {
            found.Add(address);
        }
        return found;
    }
}
