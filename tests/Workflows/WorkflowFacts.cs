using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Tests.Workflows;

/// <summary>What workflows do, on whatever host.</summary>
public abstract class WorkflowFacts(IWorkflowBed bed) : IAsyncLifetime
{
    private readonly IWorkflowBed _bed = bed;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task Activities_run_one_after_the_other()
    {
        await _bed.StartAsync<Chain>(3);
        Assert.Equal("a0!a1!a2!", await _bed.OutputAsync<string>());
        Assert.Equal(["a0", "a1", "a2"], _bed.World.Done);
        WorkflowStatus status = await _bed.StatusAsync();
        Assert.Equal([1, 2, 3], status.Steps!.Select(step => step.Number));
        Assert.All(status.Steps!, step => Assert.Equal(
            (WorkflowStepKind.Activity, "do", WorkflowStepState.Completed, 1), (step.Kind, step.Name, step.State, step.Attempts!.Count)));
    }

    [Fact]
    public async Task Steps_run_side_by_side()
    {
        _bed.HoldsAttempts = true;
        await _bed.StartAsync<SideBySide>(5);
        Assert.Equal(5, _bed.WaitingAttempts);
        _bed.HoldsAttempts = false;
        await _bed.SettleAsync();
        Assert.Equal("a0!a1!a2!a3!a4!", await _bed.OutputAsync<string>());
    }

    [Fact]
    public async Task A_failed_attempt_is_retried_after_a_growing_delay()
    {
        _bed.World.Failures["shaky"] = 3;
        RetryPolicy policy = new() { FirstDelay = TimeSpan.FromSeconds(1), Factor = 3, MaxDelay = TimeSpan.FromSeconds(5), Jitter = 0 };
        await _bed.StartAsync<Retrying>(policy);
        await _bed.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("shaky!", await _bed.OutputAsync<string>());
        Assert.Equal([0, 1, 4, 9], _bed.World.Times.Select(time => (time - _bed.World.Times[0]).TotalSeconds));
        IReadOnlyList<WorkflowAttempt> attempts = (await _bed.StatusAsync()).Steps!.Single().Attempts!;
        Assert.Equal([1, 2, 3, 4], attempts.Select(attempt => attempt.Number));
        Assert.Equal(_bed.World.Times, attempts.Select(attempt => attempt.StartedAt));
        Assert.Equal([true, true, true, false], attempts.Select(attempt => attempt.Error is not null));
    }

    [Fact]
    public async Task The_last_failed_attempt_is_the_workflows_error()
    {
        _bed.World.Failures["shaky"] = 3;
        await _bed.StartAsync<Retrying>(new RetryPolicy { MaxAttempts = 2 });
        await _bed.AdvanceAsync(TimeSpan.FromMinutes(1));
        WorkflowStatus status = await _bed.StatusAsync();
        Assert.Equal((WorkflowState.Failed, ErrorCodes.HandlerFailed), (status.State, status.Error!.Code));
        Assert.Contains("shaky does not work yet", status.Error.Message, StringComparison.Ordinal);
        Assert.Equal(2, _bed.World.Done.Count);
    }

    [Theory]
    [InlineData("InvalidOperationException")]
    [InlineData("System.InvalidOperationException")]
    [InlineData("handler-failed")]
    public async Task Errors_that_are_not_to_be_retried_are_not(string name)
    {
        _bed.World.Failures["shaky"] = 3;
        await _bed.StartAsync<Retrying>(new RetryPolicy { DoNotRetry = [name] });
        await _bed.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Single(_bed.World.Done);
        Assert.Equal(WorkflowState.Failed, (await _bed.StatusAsync()).State);
    }

    [Fact]
    public async Task Jitter_only_shortens_a_delay_and_by_no_more_than_its_share()
    {
        _bed.World.Failures["shaky"] = 6;
        await _bed.StartAsync<Retrying>(new RetryPolicy { MaxAttempts = 7, Jitter = 0.5, MaxDelay = TimeSpan.FromSeconds(4) });
        await _bed.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("shaky!", await _bed.OutputAsync<string>());
        double[] delays = [.. _bed.World.Times.Zip(_bed.World.Times.Skip(1), (one, next) => (next - one).TotalSeconds)];
        double[] nominal = [1, 2, 4, 4, 4, 4];
        Assert.All(delays.Zip(nominal), pair => Assert.InRange(pair.First, pair.Second / 2, pair.Second));
        Assert.NotEqual(nominal, delays);
    }

    [Fact]
    public async Task A_sleep_ends_at_its_time_and_not_before()
    {
        DateTimeOffset start = _bed.Now;
        await _bed.StartAsync<Nap>(60.0);
        await _bed.AdvanceAsync(TimeSpan.FromSeconds(59));
        Assert.Equal(WorkflowState.Running, (await _bed.StatusAsync()).State);
        await _bed.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(start + TimeSpan.FromSeconds(60), await _bed.OutputAsync<DateTimeOffset>());
    }

    [Fact]
    public async Task An_event_ends_the_wait_for_it()
    {
        await _bed.StartAsync<Approval>(60.0);
        await _bed.Workflows.RaiseAsync("w", "APPROVED", "ann");
        Assert.Equal("ann", await _bed.OutputAsync<string>());
    }

    [Fact]
    public async Task A_wait_for_an_event_ends_by_its_timeout()
    {
        await _bed.StartAsync<Approval>(60.0);
        await _bed.Workflows.RaiseAsync("w", "other", "ann");
        await _bed.AdvanceAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("too late", await _bed.OutputAsync<string>());
        Assert.Equal(WorkflowStepState.Cancelled, (await _bed.StatusAsync()).Steps!.Single().State);
    }

    [Fact]
    public async Task Compensations_run_in_reverse_when_it_fails()
    {
        await _bed.StartAsync<Buying>("none");
        WorkflowStatus status = await _bed.StatusAsync();
        Assert.Equal((WorkflowState.Failed, "sold-out"), (status.State, status.Error!.Code));
        Assert.Equal(["pay", "refund"], _bed.World.Done);
        Assert.Equal(0, await TakenAsync());
        Assert.Equal(
            ["shelf/main/take", "do", "shelf/main/take", "do", "shelf/main/putBack"], status.Steps!.Select(step => step.Name));
    }

    [Fact]
    public async Task Compensations_do_not_run_when_it_succeeds()
    {
        await _bed.StartAsync<Buying>("two");
        Assert.Equal(3, await _bed.OutputAsync<int>());
        Assert.Equal(["pay"], _bed.World.Done);
    }

    [Fact]
    public async Task Children_run_and_give_their_outputs()
    {
        await _bed.StartAsync<ParentOfChains>(3);
        Assert.Equal("a0!a1!a2!|a0!|a0!a1!", await _bed.OutputAsync<string>());
        Assert.Equal("a0!a1!", await _bed.OutputAsync<string>("named"));
    }

    [Fact]
    public async Task A_child_whose_id_is_taken_fails_in_its_parent()
    {
        await _bed.StartAsync<Chain>(1, "named");
        await _bed.StartAsync<ParentOfChains>(3);
        WorkflowStatus status = await _bed.StatusAsync();
        Assert.Equal((WorkflowState.Failed, ErrorCodes.WorkflowExists), (status.State, status.Error!.Code));
    }

    [Fact]
    public async Task It_continues_as_new_and_keeps_events_that_nobody_took()
    {
        _bed.HoldsAttempts = true;
        await _bed.StartAsync<CountingDown>(3);
        await _bed.Workflows.RaiseAsync("w", "end", "done");
        _bed.HoldsAttempts = false;
        await _bed.SettleAsync();
        Assert.Equal("done", await _bed.OutputAsync<string>());
        Assert.Equal(["round 3", "round 2", "round 1"], _bed.World.Done);
        WorkflowStatus status = await _bed.StatusAsync();
        Assert.Equal(3, status.Input!.Value.Deserialize<int>());
        Assert.Equal(["do", "end"], status.Steps!.Select(step => step.Name));
    }

    [Fact]
    public async Task Signals_arrive_once_and_in_order()
    {
        await _bed.StartAsync<Signalling>("x");
        Assert.Equal(2, await TakenAsync());
        Assert.Equal(WorkflowState.Completed, (await _bed.StatusAsync()).State);
    }

    [Fact]
    public async Task Code_that_awaits_something_else_than_its_steps_fails_and_is_told_so()
    {
        await _bed.StartAsync<Stray>("x");
        WorkflowStatus status = await _bed.StatusAsync();
        Assert.Equal((WorkflowState.Failed, ErrorCodes.WorkflowChanged), (status.State, status.Error!.Code));
        Assert.Contains("waits for something that is not a step", status.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_suspended_one_takes_note_and_goes_on_when_it_is_resumed()
    {
        await _bed.StartAsync<Approval>(60.0);
        await _bed.CommandAsync(WorkflowVerb.Suspend);
        await _bed.Workflows.RaiseAsync("w", "approved", "ann");
        await _bed.AdvanceAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(WorkflowState.Suspended, (await _bed.StatusAsync()).State);
        await _bed.CommandAsync(WorkflowVerb.Resume);
        Assert.Equal("ann", await _bed.OutputAsync<string>());
    }

    [Fact]
    public async Task A_sleep_that_ends_while_suspended_ends_when_it_is_resumed()
    {
        await _bed.StartAsync<Nap>(60.0);
        await _bed.CommandAsync(WorkflowVerb.Suspend);
        await _bed.AdvanceAsync(TimeSpan.FromMinutes(5));
        await _bed.RestartAsync();
        await _bed.CommandAsync(WorkflowVerb.Resume);
        await _bed.SettleAsync();
        await _bed.OutputAsync<DateTimeOffset>();
    }

    [Fact]
    public async Task A_terminated_one_does_nothing_more()
    {
        await _bed.StartAsync<Nap>(60.0);
        await _bed.CommandAsync(WorkflowVerb.Terminate, "enough");
        await _bed.AdvanceAsync(TimeSpan.FromMinutes(5));
        WorkflowStatus status = await _bed.StatusAsync();
        Assert.Equal(
            (WorkflowState.Terminated, ErrorCodes.WorkflowTerminated, "enough"), (status.State, status.Error!.Code, status.Error.Message));
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => _bed.Workflows.RaiseAsync("w", "x"));
        Assert.Equal((409, ErrorCodes.WorkflowEnded), (error.Status, error.Code));
    }

    [Fact]
    public async Task One_that_has_ended_is_forgotten_after_the_retention()
    {
        await _bed.StartAsync<Chain>(1);
        await _bed.AdvanceAsync(Limits.Retention - TimeSpan.FromSeconds(1));
        Assert.Equal(WorkflowState.Completed, (await _bed.StatusAsync()).State);
        await _bed.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Null(await _bed.Workflows.FindAsync("w", false, CancellationToken.None));
    }

    [Fact]
    public async Task An_id_is_used_once()
    {
        await _bed.StartAsync<Chain>(1);
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => _bed.StartAsync<Chain>(2));
        Assert.Equal((409, ErrorCodes.WorkflowExists), (error.Status, error.Code));
        Assert.Equal("a0!", await _bed.OutputAsync<string>());
    }

    [Fact]
    public async Task They_are_listed_by_class_and_state_a_page_at_a_time()
    {
        for (int i = 0; i < 5; i++)
        {
            await _bed.StartAsync<Chain>(1, $"c{i}");
            await _bed.StartAsync<Nap>(10.0, $"n{i}");
        }
        WorkflowPage first = await _bed.Workflows.ListAsync(new WorkflowFilter("nap", WorkflowState.Running), null, 3, CancellationToken.None);
        Assert.Equal(["n0", "n1", "n2"], first.Items.Select(one => one.Id));
        WorkflowPage rest = await _bed.Workflows.ListAsync(new WorkflowFilter("nap", null), first.Cursor, 3, CancellationToken.None);
        Assert.Equal(["n3", "n4"], rest.Items.Select(one => one.Id));
        Assert.Null(rest.Cursor);
        Assert.Equal(5, (await _bed.Workflows.ListAsync(new WorkflowFilter(null, WorkflowState.Completed), null, 100, CancellationToken.None)).Items.Count);
    }

    [Fact]
    public async Task An_object_starts_one_and_is_told_of_its_end()
    {
        ObjectAddress starter = ObjectAddress.OfName("starter", "s");
        await _bed.CallAsync<object>(starter, "start", "chain", "w", 2);
        Assert.Equal("a0!a1!", await _bed.OutputAsync<string>());
        Assert.Equal("w Completed a0!a1!", await _bed.CallAsync<string>(starter, "told", "ended"));
    }

    [Fact]
    public async Task What_a_failed_turn_has_asked_of_workflows_does_not_happen()
    {
        ObjectAddress starter = ObjectAddress.OfName("starter", "s");
        await Assert.ThrowsAsync<DurableObjectException>(() => _bed.CallAsync<object>(starter, "startAndFail", "chain", "w", 2));
        Assert.Null(await _bed.Workflows.FindAsync("w", false, CancellationToken.None));
    }

    [Fact]
    public async Task An_object_raises_suspends_resumes_queries_and_terminates()
    {
        ObjectAddress starter = ObjectAddress.OfName("starter", "s");
        await _bed.CallAsync<object>(starter, "query", "w");
        Assert.Equal("none", await _bed.CallAsync<string>(starter, "told", "answered"));
        await _bed.StartAsync<Approval>(60.0);
        await _bed.CallAsync<object>(starter, "suspend", "w");
        await _bed.CallAsync<object>(starter, "query", "w");
        Assert.Equal("Suspended 1", await _bed.CallAsync<string>(starter, "told", "answered"));
        await _bed.CallAsync<object>(starter, "resume", "w");
        await _bed.CallAsync<object>(starter, "raise", "w", "approved", "ben");
        Assert.Equal("ben", await _bed.OutputAsync<string>());
        await _bed.StartAsync<Nap>(60.0, "other");
        await _bed.CallAsync<object>(starter, "terminate", "other");
        Assert.Equal(WorkflowState.Terminated, (await _bed.StatusAsync("other")).State);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("..")]
    public async Task A_malformed_id_is_refused(string id)
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => _bed.StartAsync<Chain>(1, id));
        Assert.Equal(400, error.Status);
        Assert.Contains("90", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_of_no_workflow_is_refused()
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => _bed.Workflows.StartAsync(
            "none", "w", new WorkflowCommand(WorkflowVerb.Start), CancellationToken.None));
        Assert.Equal((404, ErrorCodes.UnknownWorkflow), (error.Status, error.Code));
    }

    private Task<int> TakenAsync() => _bed.CallAsync<int>(ObjectAddress.OfName("shelf", "main"), "taken");
}
