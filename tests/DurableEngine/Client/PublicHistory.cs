using System.Globalization;
using DurableObjects.DurableEngine.Orchestrations;
using DurableTask.Core;
using DurableTask.Core.History;
using Microsoft.DurableTask;
using HistoryEvent = DurableTask.Core.History.HistoryEvent;
using Line = DurableObjects.DurableEngine.Orchestrations.HistoryEvent;
using OrchestrationInstance = DurableTask.Core.OrchestrationInstance;

namespace DurableObjects.DurableEngine.Client;

/// <summary>
/// An orchestration's history as a client gets it. Inputs of activities and of orchestrations that it called are not in it: the platform
/// keeps them only with <c>storeInputsInOrchestrationHistory</c>, which host.json does not set.
/// </summary>
internal static class PublicHistory
{
    /// <summary>How an event to an entity is named, whatever its operation.</summary>
    private const string EntityMessage = "op";

    public static List<HistoryEvent> Of(string instanceId, string? execution, IReadOnlyList<Line> history)
    {
        Dictionary<int, Asked> asked = history.OfType<Asked>().ToDictionary(one => one.Id);
        OrchestrationInstance instance = new() { InstanceId = instanceId, ExecutionId = execution };
        List<HistoryEvent> result = [];
        DateTime last = default;
        foreach (Line one in history)
        {
            if (one is RunBegan && result.Count > 0)
            {
                result.Add(new OrchestratorCompletedEvent(-1) { Timestamp = last });
            }
            HistoryEvent shown = Of(one, instance, asked);
            shown.Timestamp = one.At;
            shown.IsPlayed = false;
            result.Add(shown);
            last = one.At;
        }
        if (result.Count > 0)
        {
            result.Add(new OrchestratorCompletedEvent(-1) { Timestamp = last });
        }
        return result;
    }

    private static HistoryEvent Of(Line one, OrchestrationInstance instance, Dictionary<int, Asked> asked) =>
        one switch
        {
            RunBegan => new OrchestratorStartedEvent(-1),
            Started started => new ExecutionStartedEvent(-1, started.Input)
            {
                Name = started.Name,
                OrchestrationInstance = instance,
                ParentInstance = started.Parent is { } parent ? Of(parent) : null,
            },
            TimerAsked timer => new TimerCreatedEvent(NumberOf(timer.Id), timer.FireAt),
            ActivityAsked activity => new TaskScheduledEvent(NumberOf(activity.Id), activity.Name),
            OrchestrationAsked called => new SubOrchestrationInstanceCreatedEvent(NumberOf(called.Id))
            {
                Name = called.Name,
                InstanceId = called.InstanceId,
            },
            SignalAsked signal => Sent(signal.Id, signal.Target, signal.Operation, signal.Input, isSignal: true),
            CallAsked call => Sent(call.Id, call.Target, call.Operation, call.Input, isSignal: false),
            EventAsked sent => new EventSentEvent(NumberOf(sent.Id)) { InstanceId = sent.Target, Name = sent.Name, Input = sent.Payload },
            TimerFired fired => new TimerFiredEvent(-1, fired.FireAt) { TimerId = NumberOf(fired.Id) },
            Returned returned => Of(returned, asked[returned.Id]),
            Threw threw => Of(threw, asked[threw.Id]),
            EventRaised raised => new EventRaisedEvent(-1, raised.Payload) { Name = raised.Name },
            Suspended suspended => new ExecutionSuspendedEvent(-1, suspended.Reason),
            Resumed resumed => new ExecutionResumedEvent(-1, resumed.Reason),
            Terminated terminated => new ExecutionTerminatedEvent(-1, terminated.Output),
            Ended ended => new ExecutionCompletedEvent(
                asked.Count, ended.Output ?? ended.Failure?.ErrorMessage, StatusOf(ended), Of(ended.Failure)),
            _ => throw new NotSupportedException($"{one} has no form for clients."),
        };

    private static HistoryEvent Of(Returned returned, Asked asked) => asked switch
    {
        OrchestrationAsked => new SubOrchestrationInstanceCompletedEvent(-1, NumberOf(returned.Id), returned.Result),
        CallAsked => new EventRaisedEvent(-1, HubJson.Converter.Serialize(new { result = returned.Result }))
        {
            Name = RequestOf(returned.Id),
        },
        _ => new TaskCompletedEvent(-1, NumberOf(returned.Id), returned.Result),
    };

    private static HistoryEvent Of(Threw threw, Asked asked) => asked switch
    {
        OrchestrationAsked =>
            new SubOrchestrationInstanceFailedEvent(-1, NumberOf(threw.Id), threw.Failure?.ErrorMessage, null, Of(threw.Failure)),
        CallAsked => new EventRaisedEvent(-1, HubJson.Converter.Serialize(new { failureDetails = threw.Failure }))
        {
            Name = RequestOf(threw.Id),
        },
        ActivityAsked activity => new TaskFailedEvent(
            -1, NumberOf(threw.Id), $"Function '{activity.Name}' failed with an unhandled exception.", null, Of(threw.Failure)),
        _ => throw new NotSupportedException($"{asked} does not fail."),
    };

    private static ParentInstance Of(ParentTask parent) => new()
    {
        Name = parent.Name,
        TaskScheduleId = NumberOf(parent.TaskId),
        OrchestrationInstance = new OrchestrationInstance { InstanceId = parent.InstanceId, ExecutionId = parent.Execution },
    };

    private static FailureDetails? Of(TaskFailureDetails? failure) => failure is null
        ? null
        : new FailureDetails(failure.ErrorType, failure.ErrorMessage, failure.StackTrace, Of(failure.InnerFailure), isNonRetriable: false);

    private static EventSentEvent Sent(int id, string target, string operation, string? input, bool isSignal) => new(NumberOf(id))
    {
        InstanceId = target,
        Name = EntityMessage,
        Input = HubJson.Converter.Serialize(new { op = operation, signal = isSignal, input, id = RequestOf(id) }),
    };

    private static OrchestrationStatus StatusOf(Ended ended) => ended.IsTerminated ? OrchestrationStatus.Terminated
        : ended.Failure is null ? OrchestrationStatus.Completed : OrchestrationStatus.Failed;

    /// <summary>The platform counts from 0.</summary>
    private static int NumberOf(int id) => id - 1;

    private static string RequestOf(int id) => new Guid(id, 0, 0, new byte[8]).ToString("D", CultureInfo.InvariantCulture);
}
