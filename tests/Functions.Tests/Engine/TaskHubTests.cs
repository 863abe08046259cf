using DurableObjects.DurableEngine;
using DurableObjects.DurableEngine.Entities;
using DurableObjects.DurableEngine.Orchestrations;
using DurableObjects.Harness;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.Functions.Tests.Engine;

/// <summary>The stand-in for the platform has the platform's rules.</summary>
public sealed class TaskHubTests
{
    private static readonly EntityInstanceId One = new("list", "one");
    private static readonly EntityInstanceId Other = new("list", "other");

    private readonly FakeClock _clock = new();
    private readonly TaskHub _hub;

    public TaskHubTests() => _hub = new TaskHub(_clock, new HubOptions());

    [Fact]
    public async Task An_operation_that_throws_leaves_nothing_and_the_batch_goes_on()
    {
        await RunAsync(One, (operation, state) =>
        {
            operation.State.SetState((string[])[.. state, operation.Name]);
            operation.Context.SignalEntity(Other, operation.Name);
            return operation.Name == "b" ? throw new InvalidOperationException("b") : default;
        }, "a", "b", "c");

        Assert.Equal("[\"a\",\"c\"]", _hub.StateOf(One));
        Assert.Equal(["a", "c"], _hub.InTransit.Cast<EntitySignal>().Select(one => one.Operation));
    }

    [Fact]
    public async Task Messages_leave_before_the_checkpoint_and_again_as_new_ones_when_it_is_lost()
    {
        _hub.Signal(One, "a", null, null);
        _hub.Deliver(Assert.Single(_hub.Deliverable()));
        for (int attempt = 0; attempt < 2; attempt++)
        {
            EntityWork work = _hub.TakeEntity(One)!;
            EntityResult result = await work.RunAsync(() => new Acts((operation, _) => operation.Context.SignalEntity(Other, "b")));
            _hub.Send(work, result);
            _hub.Abandon(work);
        }

        Assert.Null(_hub.StateOf(One));
        foreach (HubMessage message in _hub.Deliverable())
        {
            _hub.Deliver(message);
        }
        Assert.Equal(2, _hub.TakeEntity(Other)!.Operations.Count);
    }

    [Fact]
    public async Task Of_two_workers_with_one_state_the_second_loses_its_checkpoint()
    {
        _hub.Signal(One, "a", null, null);
        _hub.Deliver(_hub.Deliverable()[0]);
        EntityWork first = _hub.TakeEntity(One)!;
        EntityWork second = _hub.TakeEntity(One)!;
        EntityResult of = await first.RunAsync(() => new Acts((operation, _) => operation.State.SetState(new[] { "first" })));
        EntityResult other = await second.RunAsync(() => new Acts((operation, _) => operation.State.SetState(new[] { "second" })));

        Assert.True(_hub.Checkpoint(second, other));
        Assert.False(_hub.Checkpoint(first, of));
        Assert.Equal("[\"second\"]", _hub.StateOf(One));
    }

    [Fact]
    public async Task Signals_between_entities_are_sorted_and_duplicates_dropped()
    {
        await RunAsync(One, (operation, _) =>
        {
            operation.State.SetState(Array.Empty<string>());
            operation.Context.SignalEntity(Other, operation.Name);
        }, "a", "b", "c");
        List<HubMessage> sent = [.. _hub.Deliverable()];
        foreach (int index in new[] { 2, 0, 1 })
        {
            _hub.Deliver(sent[index], again: true);
        }
        foreach (HubMessage message in sent)
        {
            _hub.Deliver(message);
        }

        Assert.Equal(["a", "b", "c"], _hub.TakeEntity(Other)!.Operations.Select(one => one.Operation));
    }

    [Fact]
    public void A_batch_has_no_more_operations_than_it_may()
    {
        for (int i = 0; i < 30; i++)
        {
            _hub.Signal(One, "a", null, null);
        }
        foreach (HubMessage message in _hub.Deliverable())
        {
            _hub.Deliver(message);
        }
        Assert.Equal(24, _hub.TakeEntity(One)!.Operations.Count);
    }

    [Fact]
    public void An_orchestration_is_replayed_and_goes_on_with_each_thing_that_happens()
    {
        List<bool> replays = [];
        async Task<object?> Orchestrator(TaskOrchestrationContext context)
        {
            replays.Add(context.IsReplaying);
            string first = await context.CallActivityAsync<string>("greet", context.GetInput<string>());
            await context.CreateTimer(TimeSpan.FromDays(7), CancellationToken.None);
            string second = await context.WaitForExternalEvent<string>("word");
            await context.Entities.SignalEntityAsync(One, "said", second);
            return first + second;
        }

        _hub.Start("i", "speak", "\"you\"", null);
        RunOrchestration(Orchestrator);
        ActivityRequest activity = _hub.TakeActivityAfterDelivery();
        _hub.Complete(activity, "\"hello \"", null);
        RunOrchestration(Orchestrator);
        // A week is three timers: the platform's longest is three days.
        for (int timer = 0; timer < 3; timer++)
        {
            _clock.AdvanceTo(_hub.InTransit.Max(one => one.Visible));
            RunOrchestration(Orchestrator);
        }
        _hub.Raise("i", "WORD", "\"world\"");
        RunOrchestration(Orchestrator);

        OrchestrationMetadata found = _hub.Find("i", withTexts: true)!;
        Assert.Equal(OrchestrationRuntimeStatus.Completed, found.RuntimeStatus);
        Assert.Equal("hello world", found.ReadOutputAs<string>());
        Assert.Equal("said", Assert.IsType<EntitySignal>(Assert.Single(_hub.InTransit)).Operation);
        Assert.Equal([false, true, true, true, true, true], replays);
    }

    [Fact]
    public void An_activity_is_tried_again_as_its_policy_says()
    {
        TaskOptions options = TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromSeconds(10), backoffCoefficient: 2));
        async Task<object?> Orchestrator(TaskOrchestrationContext context) => await context.CallActivityAsync<int>("fails", options);

        _hub.Start("i", "tries", null, null);
        List<DateTimeOffset> times = [];
        for (int attempt = 0; attempt < 3; attempt++)
        {
            RunOrchestration(Orchestrator);
            times.Add(_clock.GetUtcNow());
            _hub.Complete(_hub.TakeActivityAfterDelivery(), null, TaskFailureDetails.FromException(new InvalidOperationException("no")));
            RunOrchestration(Orchestrator);
            if (attempt < 2)
            {
                _clock.AdvanceTo(Assert.Single(_hub.InTransit).Visible);
            }
        }

        OrchestrationMetadata found = _hub.Find("i", withTexts: true)!;
        Assert.Equal(OrchestrationRuntimeStatus.Failed, found.RuntimeStatus);
        Assert.Equal([10, 20], times.Zip(times.Skip(1), (one, next) => (next - one).TotalSeconds));
    }

    [Fact]
    public void An_orchestration_that_does_something_else_when_it_is_replayed_fails()
    {
        int runs = 0;
        async Task<object?> Orchestrator(TaskOrchestrationContext context)
        {
            await context.CreateTimer(TimeSpan.FromSeconds(++runs), CancellationToken.None);
            return null;
        }

        _hub.Start("i", "changes", null, null);
        RunOrchestration(Orchestrator);
        _clock.Advance(TimeSpan.FromSeconds(5));
        RunOrchestration(Orchestrator);

        Assert.StartsWith(
            "DurableTask.Core.Exceptions.NonDeterministicOrchestrationException: Non-Deterministic workflow detected: ",
            _hub.Find("i", withTexts: true)!.SerializedOutput,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_orchestration_that_continues_as_new_begins_with_no_history_under_its_id()
    {
        static async Task<object?> Orchestrator(TaskOrchestrationContext context)
        {
            int left = context.GetInput<int>();
            await context.CreateTimer(TimeSpan.FromSeconds(1), CancellationToken.None);
            if (left > 0)
            {
                context.ContinueAsNew(left - 1, preserveUnprocessedEvents: false);
            }
            return left;
        }

        _hub.Start("i", "counts", "2", null);
        for (int run = 0; run < 6; run++)
        {
            RunOrchestration(Orchestrator);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, _hub.Find("i", withTexts: true)!.ReadOutputAs<int>());
    }

    private async Task RunAsync(EntityInstanceId id, Action<TaskEntityOperation, string[]> act, params string[] operations)
    {
        foreach (string operation in operations)
        {
            _hub.Signal(id, operation, null, null);
        }
        foreach (HubMessage message in _hub.Deliverable())
        {
            _hub.Deliver(message);
        }
        EntityWork work = _hub.TakeEntity(id)!;
        EntityResult result = await work.RunAsync(() => new Acts(act));
        _hub.Send(work, result);
        Assert.True(_hub.Checkpoint(work, result));
    }

    private Task RunAsync(EntityInstanceId id, Func<TaskEntityOperation, string[], int> act, params string[] operations) =>
        RunAsync(id, (operation, state) => { act(operation, state); }, operations);

    private void RunOrchestration(Func<TaskOrchestrationContext, Task<object?>> orchestrator)
    {
        foreach (HubMessage message in _hub.Deliverable().Where(one => one is OrchestrationStart or OrchestrationNews))
        {
            _hub.Deliver(message);
        }
        if (_hub.TakeOrchestration("i") is { } work)
        {
            OrchestrationResult result = work.Run(orchestrator);
            _hub.Send(work, result);
            _hub.Checkpoint(work, result);
        }
    }

    private sealed class Acts(Action<TaskEntityOperation, string[]> act) : ITaskEntity
    {
        public ValueTask<object?> RunAsync(TaskEntityOperation operation)
        {
            act(operation, operation.State.GetState<string[]>([])!);
            return new ValueTask<object?>((object?)null);
        }
    }
}

internal static class TaskHubDelivery
{
    public static ActivityRequest TakeActivityAfterDelivery(this TaskHub hub)
    {
        hub.Deliver(hub.Deliverable().OfType<ActivityRequest>().Single());
        return hub.TakeActivity()!;
    }
}
