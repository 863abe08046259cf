using DurableObjects.DurableEngine;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Tests.Engine;

/// <summary>Events, suspension and termination, as a client does them.</summary>
public sealed class ControlTests
{
    private readonly EngineRun _run = new();

    public ControlTests()
    {
        _run.Orchestrators["ends"] = _ => Task.FromResult<object?>("end");
        _run.Orchestrators["waits"] = async context => await context.WaitForExternalEvent<string>("end");
        _run.Orchestrators["listens"] = async context =>
            await context.WaitForExternalEvent<string>("one") + await context.WaitForExternalEvent<string>("other");
        _run.Orchestrators["sleeps"] = async context =>
        {
            await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
            return context.CurrentUtcDateTime;
        };
    }

    [Fact]
    public async Task An_event_that_comes_before_anybody_waits_for_it_is_kept()
    {
        await _run.StartAsync("listens");
        _run.Settle();
        await _run.Client.RaiseEventAsync("listens", "OTHER", "b");
        _run.Settle();
        await _run.Client.RaiseEventAsync("listens", "one", "a");
        _run.Settle();

        Assert.Equal("ab", (await _run.FindAsync("listens")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_event_for_nobody_or_for_one_that_has_ended_is_an_error()
    {
        await _run.StartAsync("ends");
        _run.Settle();

        Assert.Equal(StatusCode.NotFound, await CodeAsync(() => _run.Client.RaiseEventAsync("nobody", "end")));
        Assert.Equal(StatusCode.FailedPrecondition, await CodeAsync(() => _run.Client.RaiseEventAsync("ends", "end")));
    }

    [Fact]
    public async Task An_event_that_arrives_before_the_orchestration_begins_is_lost()
    {
        await _run.StartAsync("waits", null, new StartOrchestrationOptions(StartAt: _run.Clock.GetUtcNow().AddHours(1)));
        await _run.Client.RaiseEventAsync("waits", "end", "early");
        _run.Settle();
        _run.Advance(TimeSpan.FromHours(1));
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await _run.FindAsync("waits")).RuntimeStatus);

        await _run.Client.RaiseEventAsync("waits", "end", "late");
        _run.Settle();
        Assert.Equal("late", (await _run.FindAsync("waits")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_event_that_is_delivered_twice_happens_twice()
    {
        _run.Orchestrators["twice"] = async context =>
            await context.WaitForExternalEvent<string>("word") + await context.WaitForExternalEvent<string>("word");
        await _run.StartAsync("twice");
        _run.Settle();
        await _run.Client.RaiseEventAsync("twice", "word", "a");
        _run.Hub.Deliver(Assert.Single(_run.Hub.Deliverable()), again: true);
        _run.Settle();

        Assert.Equal("aa", (await _run.FindAsync("twice")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Who_waits_last_for_an_event_gets_it_first()
    {
        _run.Orchestrators["both"] = async context =>
        {
            Task<string> first = context.WaitForExternalEvent<string>("word");
            Task<string> last = context.WaitForExternalEvent<string>("word");
            return await last + await first;
        };
        await _run.StartAsync("both");
        _run.Settle();
        await _run.Client.RaiseEventAsync("both", "word", "a");
        await _run.Client.RaiseEventAsync("both", "word", "b");
        _run.Settle();

        Assert.Equal("ab", (await _run.FindAsync("both")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Who_has_given_up_waiting_for_an_event_still_takes_it()
    {
        _run.Orchestrators["givesup"] = async context =>
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => context.WaitForExternalEvent<string>("word", TimeSpan.FromMinutes(1)));
            await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
            return await context.WaitForExternalEvent<string>("word");
        };
        await _run.StartAsync("givesup");
        _run.Settle();
        _run.Advance(TimeSpan.FromMinutes(1));
        await _run.Client.RaiseEventAsync("givesup", "word", "lost");
        _run.Settle();
        _run.Advance(TimeSpan.FromMinutes(1));
        await _run.Client.RaiseEventAsync("givesup", "word", "found");
        _run.Settle();

        Assert.Equal("found", (await _run.FindAsync("givesup")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_event_in_time_leaves_no_timer_behind()
    {
        _run.Orchestrators["intime"] = async context => await context.WaitForExternalEvent<string>("word", TimeSpan.FromMinutes(1));
        await _run.StartAsync("intime");
        _run.Settle();
        await _run.Client.RaiseEventAsync("intime", "word", "a");
        _run.Settle();

        Assert.Equal("a", (await _run.FindAsync("intime")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task One_that_is_suspended_gets_what_has_come_when_it_is_resumed()
    {
        await _run.StartAsync("listens");
        _run.Settle();
        await _run.Client.SuspendInstanceAsync("listens", "tired");
        await _run.Client.RaiseEventAsync("listens", "one", "a");
        _run.Settle();
        await _run.Client.RaiseEventAsync("listens", "other", "b");
        _run.Settle();
        OrchestrationMetadata suspended = await _run.FindAsync("listens");
        await _run.Client.ResumeInstanceAsync("listens", "rested");
        _run.Settle();

        Assert.Equal((OrchestrationRuntimeStatus.Suspended, "tired"), (suspended.RuntimeStatus, suspended.SerializedOutput));
        Assert.Equal("ab", (await _run.FindAsync("listens")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_timer_that_fires_while_its_orchestration_is_suspended_waits_as_well()
    {
        await _run.StartAsync("sleeps");
        _run.Settle();
        await _run.Client.SuspendInstanceAsync("sleeps");
        _run.Settle();
        _run.Advance(TimeSpan.FromHours(1));
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await _run.FindAsync("sleeps")).RuntimeStatus);
        DateTime resumed = _run.Clock.GetUtcNow().UtcDateTime;
        await _run.Client.ResumeInstanceAsync("sleeps");
        _run.Settle();

        Assert.Equal(resumed, (await _run.FindAsync("sleeps")).ReadOutputAs<DateTime>());
    }

    [Fact]
    public async Task What_it_asks_for_in_the_run_in_which_it_is_suspended_is_asked_for_when_it_is_resumed()
    {
        List<string?> ran = [];
        _run.Activities["works"] = input =>
        {
            ran.Add(input);
            return null;
        };
        _run.Orchestrators["acts"] = async context =>
        {
            string word = await context.WaitForExternalEvent<string>("word");
            await context.CallActivityAsync("works", word);
            return null;
        };
        await _run.StartAsync("acts");
        _run.Settle();
        await _run.Client.RaiseEventAsync("acts", "word", "a");
        await _run.Client.SuspendInstanceAsync("acts");
        _run.Settle();
        Assert.Empty(ran);
        await _run.Client.ResumeInstanceAsync("acts");
        _run.Settle();

        Assert.Equal(["\"a\""], ran);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await _run.FindAsync("acts")).RuntimeStatus);
    }

    [Fact]
    public async Task Only_a_running_one_can_be_suspended_and_only_a_suspended_one_resumed()
    {
        await _run.StartAsync("ends");
        await _run.StartAsync("waits");
        _run.Settle();

        Assert.Equal(StatusCode.Unknown, await CodeAsync(() => _run.Client.SuspendInstanceAsync("ends")));
        Assert.Equal(StatusCode.Unknown, await CodeAsync(() => _run.Client.SuspendInstanceAsync("nobody")));
        Assert.Equal(StatusCode.Unknown, await CodeAsync(() => _run.Client.ResumeInstanceAsync("waits")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_is_terminated_ends_with_the_output_that_it_is_given(bool isSuspended)
    {
        await _run.StartAsync("waits");
        _run.Settle();
        if (isSuspended)
        {
            await _run.Client.SuspendInstanceAsync("waits");
            _run.Settle();
        }
        await _run.Client.TerminateInstanceAsync("waits", new TerminateInstanceOptions("enough"));
        _run.Settle();

        OrchestrationMetadata found = await _run.FindAsync("waits");
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "\"enough\""), (found.RuntimeStatus, found.SerializedOutput));
        Assert.Equal(StatusCode.FailedPrecondition, await CodeAsync(() => _run.Client.TerminateInstanceAsync("waits")));
        Assert.Equal(StatusCode.NotFound, await CodeAsync(() => _run.Client.TerminateInstanceAsync("nobody")));
    }

    [Fact]
    public async Task One_that_is_terminated_before_its_time_never_begins()
    {
        await _run.StartAsync("ends", null, new StartOrchestrationOptions(StartAt: _run.Clock.GetUtcNow().AddHours(1)));
        await _run.Client.TerminateInstanceAsync("ends", "not now");
        _run.Settle();
        _run.Advance(TimeSpan.FromHours(1));

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await _run.FindAsync("ends")).RuntimeStatus);
        Assert.Equal(0, _run.Hub.FiguresOf("ends").Runs);
    }

    private static async Task<StatusCode> CodeAsync(Func<Task> act) => (await Assert.ThrowsAsync<RpcException>(act)).StatusCode;
}
