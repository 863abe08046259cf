using DurableObjects.DurableEngine;
using DurableObjects.DurableEngine.Orchestrations;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Tests.Engine;

/// <summary>The runs of an orchestration: what ends them, and what a fault does to them.</summary>
public sealed class RunTests
{
    private readonly EngineRun _run = new();

    [Fact]
    public async Task An_orchestration_does_not_end_before_the_timers_and_activities_that_it_asked_for()
    {
        _run.Orchestrators["races"] = async context =>
        {
            Task timer = context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
            Task<string> word = context.WaitForExternalEvent<string>("word");
            await Task.WhenAny(timer, word);
            return "end";
        };
        await _run.StartAsync("races");
        _run.Settle();
        await _run.Client.RaiseEventAsync("races", "word", "a");
        _run.Settle();
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await _run.FindAsync("races")).RuntimeStatus);

        _run.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await _run.FindAsync("races")).RuntimeStatus);
    }

    [Fact]
    public async Task A_timer_that_is_cancelled_does_not_hold_up_the_end()
    {
        _run.Orchestrators["races"] = async context =>
        {
            using CancellationTokenSource source = new();
            Task timer = context.CreateTimer(TimeSpan.FromMinutes(1), source.Token);
            await Task.WhenAny(timer, context.WaitForExternalEvent<string>("word"));
            source.Cancel();
            return "end";
        };
        await _run.StartAsync("races");
        _run.Settle();
        await _run.Client.RaiseEventAsync("races", "word", "a");
        _run.Settle();

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await _run.FindAsync("races")).RuntimeStatus);
    }

    [Theory]
    [InlineData(8_190, OrchestrationRuntimeStatus.Completed)]
    [InlineData(8_191, OrchestrationRuntimeStatus.Failed)]
    public async Task A_custom_status_of_more_than_16_KB_fails_the_orchestration(int characters, OrchestrationRuntimeStatus expected)
    {
        _run.Orchestrators["tells"] = context =>
        {
            context.SetCustomStatus(new string('a', characters));
            return Task.FromResult<object?>("end");
        };
        await _run.StartAsync("tells");
        _run.Settle();

        Assert.Equal(expected, (await _run.FindAsync("tells")).RuntimeStatus);
    }

    [Fact]
    public async Task A_run_whose_custom_status_is_refused_has_asked_for_nothing()
    {
        _run.Orchestrators["tells"] = async context =>
        {
            context.SetCustomStatus(new string('a', 10_000));
            await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
            return "end";
        };
        await _run.StartAsync("tells");
        _run.Settle();

        Assert.Empty(_run.Hub.InTransit);
        Assert.Contains(
            "CustomStatus is too large: limit = 16 KB", (await _run.FindAsync("tells")).SerializedOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_activity_whose_machine_is_gone_is_run_again()
    {
        await StartWorkAsync();
        _run.Hub.Abandon(_run.Hub.TakeActivity()!);
        _run.Settle();

        Assert.Equal("done", (await _run.FindAsync("work")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_activity_whose_workers_process_died_has_failed()
    {
        await StartWorkAsync();
        _run.Hub.Consume(_run.Hub.TakeActivity()!);
        _run.Settle();

        Assert.StartsWith(
            "Microsoft.DurableTask.TaskFailedException: ", (await _run.FindAsync("work")).SerializedOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_activity_that_is_asked_for_again_after_a_lost_checkpoint_answers_once()
    {
        _run.Activities["works"] = _ => "\"done\"";
        _run.Orchestrators["work"] = async context =>
            await context.CallActivityAsync<string>("works") + await context.WaitForExternalEvent<string>("word");
        await _run.StartAsync("work");
        _run.Deliver();
        _run.RunOrchestration("work", losesCheckpoint: true);
        _run.Settle();
        await _run.Client.RaiseEventAsync("work", "word", "!");
        _run.Settle();

        Assert.Equal(2, _run.Hub.FiguresOf("work").Activities);
        Assert.Equal("done!", (await _run.FindAsync("work")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_answer_to_what_no_checkpoint_has_yet_waits_for_it()
    {
        _run.Activities["works"] = _ => "\"done\"";
        _run.Orchestrators["work"] = async context =>
            await context.WaitForExternalEvent<string>("word") + await context.CallActivityAsync<string>("works");
        await _run.StartAsync("work");
        _run.Settle();
        await _run.Client.RaiseEventAsync("work", "word", "all ");
        _run.Deliver();
        _run.RunOrchestration("work", losesCheckpoint: true);
        _run.Deliver();
        ActivityRequest activity = _run.Hub.TakeActivity()!;
        _run.Hub.Complete(activity, "\"done\"", null);
        _run.Settle();

        Assert.Equal("all done", (await _run.FindAsync("work")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Events_that_are_kept_for_the_next_run_come_twice_if_the_checkpoint_is_lost()
    {
        _run.Orchestrators["keeps"] = async context =>
        {
            if (context.GetInput<bool>())
            {
                return await context.WaitForExternalEvent<string>("word") + await context.WaitForExternalEvent<string>("word");
            }
            await context.WaitForExternalEvent<string>("go");
            context.ContinueAsNew(true);
            return null;
        };
        await _run.StartAsync("keeps", false);
        _run.Settle();
        await _run.Client.RaiseEventAsync("keeps", "word", "a");
        await _run.Client.RaiseEventAsync("keeps", "go");
        _run.Deliver();
        _run.RunOrchestration("keeps", losesCheckpoint: true);
        _run.RunOrchestration("keeps");
        _run.Settle();

        Assert.Equal("aa", (await _run.FindAsync("keeps")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task The_next_run_begins_once_even_if_the_checkpoint_is_lost()
    {
        int begun = 0;
        _run.Orchestrators["counts"] = context =>
        {
            int left = context.GetInput<int>();
            begun += context.IsReplaying ? 0 : 1;
            if (left > 0)
            {
                context.ContinueAsNew(left - 1);
            }
            return Task.FromResult<object?>(left);
        };
        await _run.StartAsync("counts", 1);
        _run.Deliver();
        _run.RunOrchestration("counts", losesCheckpoint: true);
        _run.Settle();

        Assert.Equal(3, begun);
        Assert.Equal(2, _run.Hub.FiguresOf("counts").Checkpoints);
    }

    [Fact]
    public async Task A_failed_task_that_nobody_catches_is_the_cause_of_its_orchestrations_failure()
    {
        _run.Activities["breaks"] = _ => throw new InvalidOperationException("no");
        _run.Orchestrators["work"] = async context => await context.CallActivityAsync<string>("breaks");
        await _run.StartAsync("work");
        _run.Deliver();
        _run.RunOrchestration("work");
        _run.Deliver();
        _run.Hub.Complete(_run.Hub.TakeActivity()!, null, TaskFailureDetails.FromException(new InvalidOperationException("no")));
        _run.Deliver();
        OrchestrationResult result = _run.Hub.TakeOrchestration("work")!.Run(_run.Orchestrators["work"]);

        Assert.Equal("Microsoft.DurableTask.TaskFailedException", result.Failure!.ErrorType);
        Assert.Equal("System.InvalidOperationException", result.Failure.InnerFailure!.ErrorType);
    }

    private async Task StartWorkAsync()
    {
        _run.Activities["works"] = _ => "\"done\"";
        _run.Orchestrators["work"] = async context => await context.CallActivityAsync<string>("works");
        await _run.StartAsync("work");
        _run.Deliver();
        _run.RunOrchestration("work");
        _run.Deliver();
    }
}
