using DurableTask.Core;
using DurableTask.Core.History;
using Microsoft.DurableTask;

namespace DurableObjects.Functions.Tests.Engine;

/// <summary>The history that a client gets.</summary>
public sealed class HistoryTests
{
    private readonly EngineRun _run = new();

    public HistoryTests()
    {
        _run.Activities["works"] = _ => "\"done\"";
        _run.Activities["breaks"] = _ => throw new InvalidOperationException("no");
        _run.Orchestrators["sub"] = context => Task.FromResult<object?>(context.GetInput<int>());
    }

    [Fact]
    public async Task It_has_what_was_asked_for_and_what_came_of_it_in_order()
    {
        _run.Orchestrators["does"] = async context =>
        {
            await context.CallActivityAsync<string>("works", "secret");
            await Assert.ThrowsAsync<TaskFailedException>(() => context.CallActivityAsync("breaks"));
            await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
            await context.CallSubOrchestratorAsync<int>("sub", 7, new SubOrchestrationOptions(instanceId: "sub-1"));
            return await context.WaitForExternalEvent<string>("word");
        };
        await _run.StartAsync("does", "input");
        _run.Settle();
        _run.Advance(TimeSpan.FromMinutes(1));
        await _run.Client.RaiseEventAsync("does", "word", "yes");
        _run.Settle();

        IList<HistoryEvent> history = await _run.Client.GetOrchestrationHistoryAsync("does");

        Assert.Equal(
            [
                EventType.ExecutionStarted, EventType.TaskScheduled, EventType.TaskCompleted, EventType.TaskScheduled, EventType.TaskFailed,
                EventType.TimerCreated, EventType.TimerFired, EventType.SubOrchestrationInstanceCreated,
                EventType.SubOrchestrationInstanceCompleted, EventType.EventRaised, EventType.ExecutionCompleted,
            ],
            history.Select(one => one.EventType).Where(IsOfTheOrchestration));
        Assert.Equal("\"input\"", One<ExecutionStartedEvent>(history).Input);
        Assert.Equal("\"done\"", One<TaskCompletedEvent>(history).Result);
        Assert.Equal("System.InvalidOperationException", One<TaskFailedEvent>(history).FailureDetails!.ErrorType);
        Assert.Equal("sub-1", One<SubOrchestrationInstanceCreatedEvent>(history).InstanceId);
        Assert.Equal(("word", "\"yes\""), (One<EventRaisedEvent>(history).Name, One<EventRaisedEvent>(history).Input));
        ExecutionCompletedEvent end = One<ExecutionCompletedEvent>(history);
        Assert.Equal((OrchestrationStatus.Completed, "\"yes\""), (end.OrchestrationStatus, end.Result));
    }

    [Fact]
    public async Task What_was_given_to_activities_and_orchestrations_is_not_in_it()
    {
        _run.Orchestrators["does"] = async context =>
        {
            await context.CallSubOrchestratorAsync<int>("sub", 7);
            return await context.CallActivityAsync<string>("works", "secret");
        };
        await _run.StartAsync("does");
        _run.Settle();

        IList<HistoryEvent> history = await _run.Client.GetOrchestrationHistoryAsync("does");

        Assert.Null(One<TaskScheduledEvent>(history).Input);
        Assert.Null(One<SubOrchestrationInstanceCreatedEvent>(history).Input);
    }

    [Fact]
    public async Task Its_times_are_those_of_the_things_themselves_but_a_timer_that_fired_has_that_of_its_creation()
    {
        _run.Orchestrators["does"] = async context =>
        {
            await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
            return null;
        };
        DateTime start = _run.Clock.GetUtcNow().UtcDateTime;
        await _run.StartAsync("does");
        _run.Advance(TimeSpan.FromSeconds(1));
        _run.Advance(TimeSpan.FromMinutes(1));

        IList<HistoryEvent> history = await _run.Client.GetOrchestrationHistoryAsync("does");

        Assert.Equal(start, One<ExecutionStartedEvent>(history).Timestamp);
        Assert.Equal(start.AddSeconds(1), One<TimerCreatedEvent>(history).Timestamp);
        Assert.Equal(start.AddSeconds(1), One<TimerFiredEvent>(history).Timestamp);
        Assert.Equal(start.AddSeconds(61), One<TimerFiredEvent>(history).FireAt);
        Assert.Equal(start.AddSeconds(61), One<ExecutionCompletedEvent>(history).Timestamp);
    }

    [Fact]
    public async Task It_is_that_of_the_last_run_of_one_that_continues_as_new()
    {
        _run.Orchestrators["counts"] = async context =>
        {
            int left = context.GetInput<int>();
            await context.CallActivityAsync("works");
            if (left > 0)
            {
                context.ContinueAsNew(left - 1);
            }
            return left;
        };
        await _run.StartAsync("counts", 3);
        _run.Settle();

        IList<HistoryEvent> history = await _run.Client.GetOrchestrationHistoryAsync("counts");

        Assert.Equal("0", One<ExecutionStartedEvent>(history).Input);
        One<TaskScheduledEvent>(history);
        Assert.DoesNotContain(history, one => one is ContinueAsNewEvent);
    }

    [Fact]
    public async Task It_is_empty_for_one_that_has_not_begun_and_an_error_for_one_that_is_not_there()
    {
        await _run.StartAsync("sub", 1);
        Assert.Empty(await _run.Client.GetOrchestrationHistoryAsync("sub"));
        await Assert.ThrowsAsync<ArgumentException>(() => _run.Client.GetOrchestrationHistoryAsync("nobody"));
    }

    private static T One<T>(IList<HistoryEvent> history)
        where T : HistoryEvent =>
        Assert.Single(history.OfType<T>());

    private static bool IsOfTheOrchestration(EventType type) =>
        type is not (EventType.OrchestratorStarted or EventType.OrchestratorCompleted);
}
