using DurableObjects.DurableEngine;
using DurableObjects.DurableEngine.Orchestrations;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Tests.Engine;

/// <summary>An orchestration that calls another.</summary>
public sealed class SubOrchestrationTests
{
    private static readonly SubOrchestrationOptions Known = new(instanceId: "inner-1");

    private readonly EngineRun _run = new();

    public SubOrchestrationTests() => _run.Orchestrators["outer"] = async context =>
        await context.CallSubOrchestratorAsync<string>("inner", "in", Known);

    [Fact]
    public async Task It_gets_the_result_and_the_called_one_knows_who_called()
    {
        _run.Orchestrators["inner"] = context => Task.FromResult<object?>(
            $"{context.GetInput<string>()} {context.InstanceId} {context.Parent!.Name} {context.Parent.InstanceId}");
        await _run.StartAsync("outer");
        _run.Settle();

        Assert.Equal("in inner-1 outer outer", (await _run.FindAsync("outer")).ReadOutputAs<string>());
        Assert.Equal("\"in\"", (await _run.FindAsync("inner-1")).SerializedInput);
    }

    [Fact]
    public async Task Without_an_id_it_calls_an_instance_that_is_the_same_in_each_replay()
    {
        _run.Orchestrators["inner"] = context => Task.FromResult<object?>(context.InstanceId);
        _run.Orchestrators["outer"] = async context =>
        {
            string first = await context.CallSubOrchestratorAsync<string>("inner");
            string second = await context.CallSubOrchestratorAsync<string>("inner");
            return first == second;
        };
        await _run.StartAsync("outer");
        _run.Settle();

        Assert.False((await _run.FindAsync("outer")).ReadOutputAs<bool>());
    }

    [Fact]
    public async Task A_failure_comes_back_as_a_failed_task()
    {
        _run.Orchestrators["inner"] = _ => throw new InvalidOperationException("no");
        _run.Orchestrators["outer"] = async context =>
        {
            TaskFailedException failed = await Assert.ThrowsAsync<TaskFailedException>(
                () => context.CallSubOrchestratorAsync<string>("inner", options: Known));
            return $"{failed.TaskName}: {failed.FailureDetails.ErrorType}: {failed.FailureDetails.ErrorMessage}";
        };
        await _run.StartAsync("outer");
        _run.Settle();

        Assert.Equal("inner: System.InvalidOperationException: no", (await _run.FindAsync("outer")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task One_that_is_terminated_fails_its_caller_without_details_and_a_callers_end_leaves_it_alone()
    {
        _run.Orchestrators["inner"] = async context => await context.WaitForExternalEvent<string>("end");
        _run.Orchestrators["outer"] = async context =>
        {
            TaskFailedException failed = await Assert.ThrowsAsync<TaskFailedException>(
                () => context.CallSubOrchestratorAsync<string>("inner", options: Known));
            return failed.FailureDetails is null;
        };
        await _run.StartAsync("outer");
        _run.Settle();
        await _run.Client.TerminateInstanceAsync("inner-1");
        _run.Settle();
        Assert.True((await _run.FindAsync("outer")).ReadOutputAs<bool>());

        await _run.StartAsync("outer");
        _run.Settle();
        await _run.Client.TerminateInstanceAsync("outer", new TerminateInstanceOptions(Recursive: true));
        _run.Settle();
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await _run.FindAsync("inner-1")).RuntimeStatus);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_with_an_id_that_is_known_begins_anew_even_if_it_runs(bool runs)
    {
        List<string> begun = [];
        _run.Orchestrators["inner"] = async context =>
        {
            if (!context.IsReplaying)
            {
                begun.Add(context.GetInput<string>()!);
            }
            return await context.WaitForExternalEvent<string>("end");
        };
        await _run.StartAsync("inner-1", "first");
        _run.Settle();
        if (!runs)
        {
            await _run.Client.RaiseEventAsync("inner-1", "end", "x");
            _run.Settle();
        }
        await _run.StartAsync("outer");
        _run.Settle();
        await _run.Client.RaiseEventAsync("inner-1", "end", "y");
        _run.Settle();

        Assert.Equal(["first", "in"], begun);
        Assert.Equal("y", (await _run.FindAsync("outer")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_checkpoint_that_its_caller_loses_begins_it_anew()
    {
        List<string> ran = [];
        _run.Activities["works"] = _ =>
        {
            ran.Add("works");
            return null;
        };
        _run.Orchestrators["inner"] = async context =>
        {
            await context.CallActivityAsync("works");
            return "end";
        };
        await _run.StartAsync("outer");
        _run.Deliver();
        _run.RunOrchestration("outer", losesCheckpoint: true);
        _run.Settle();

        Assert.Equal(["works", "works"], ran);
        Assert.Equal("end", (await _run.FindAsync("outer")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task It_is_called_again_as_its_policy_says()
    {
        _run.Orchestrators["inner"] = _ => throw new InvalidOperationException("no");
        _run.Orchestrators["outer"] = async context => await context.CallSubOrchestratorAsync<string>(
            "inner", options: new SubOrchestrationOptions(new RetryPolicy(2, TimeSpan.FromSeconds(10)), "inner-1"));
        await _run.StartAsync("outer");
        _run.Settle();
        _run.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(2, _run.Hub.FiguresOf("inner-1").Runs);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await _run.FindAsync("outer")).RuntimeStatus);
    }

    [Fact]
    public async Task The_end_of_one_goes_to_the_run_that_called_it_and_to_no_later_one()
    {
        _run.Orchestrators["inner"] = async context => await context.WaitForExternalEvent<string>("end");
        _run.Orchestrators["outer"] = async context =>
        {
            if (context.GetInput<bool>())
            {
                return await context.WaitForExternalEvent<string>("end");
            }
            return await context.CallSubOrchestratorAsync<string>("inner", options: Known);
        };
        await _run.StartAsync("outer", false);
        _run.Settle();
        await _run.Client.TerminateInstanceAsync("outer");
        _run.Settle();
        await _run.StartAsync("outer", true);
        _run.Settle();
        await _run.Client.RaiseEventAsync("inner-1", "end", "late");
        _run.Settle();

        Assert.Equal(OrchestrationRuntimeStatus.Running, (await _run.FindAsync("outer")).RuntimeStatus);
        Assert.DoesNotContain(_run.Hub.InTransit, one => one is OrchestrationNews { Event: Answered });
    }
}
