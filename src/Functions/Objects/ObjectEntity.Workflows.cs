using System.Text.Json;
using DurableObjects.Functions.Workflows;
using DurableObjects.Turns;
using DurableObjects.Workflows;

namespace DurableObjects.Functions.Objects;

// What the object asks of workflows. A workflow is no entity here: the platform's client carries it out, one after the other in their
// order, out of the outbox that is committed. Should this batch be repeated, it is carried out again, which changes nothing.
internal sealed partial class ObjectEntity
{
    /// <summary>How long a workflow that is not there is waited for: somebody else may be about to start it.</summary>
    private static readonly TimeSpan UnknownFor = TimeSpan.FromMinutes(5);

    /// <summary>Workflows that may be waited for.</summary>
    private const int MaxStuck = 32;

    /// <summary>Carries out what can be; whether something must be tried again.</summary>
    private async ValueTask<bool> CommandAsync(IReadOnlyList<Signal> signals)
    {
        Dictionary<ObjectId, Signal> done = [];
        HashSet<ObjectId> stuck = [];
        List<StuckMark> marks = [.. (_state.Stuck ?? []).Where(mark => signals.All(one => one.Sequence != mark.Sequence))];
        foreach (Signal signal in signals)
        {
            ObjectId receiver = signal.Receiver.Id;
            if (stuck.Contains(receiver))
            {
                // Nothing overtakes what was asked before it.
            }
            else if (await TryCommandAsync(signal) is not { } reason)
            {
                done[receiver] = signal;
            }
            else if (SinceOf(signal) is var since && Now - Time(since) < UnknownFor)
            {
                stuck.Add(receiver);
                marks.Add(new StuckMark(signal.Sequence, since));
            }
            else
            {
                host.Logger.CommandGivenUp(_address, signal.Receiver.Key, signal.Method, reason);
                done[receiver] = signal;
            }
        }
        foreach (Signal last in done.Values)
        {
            await SettleAsync(last);
        }
        _state = _state with { Stuck = marks.Count == 0 ? null : [.. marks.TakeLast(MaxStuck)] };
        return stuck.Count > 0;
    }

    /// <summary>Carries one out; why it could not be, if it is to be tried again.</summary>
    private async ValueTask<string?> TryCommandAsync(Signal signal)
    {
        try
        {
            WorkflowCommand command = JsonSerializer.Deserialize<WorkflowCommand[]>(signal.Arguments.Span, ObjectJson.Options)![0];
            string id = signal.Receiver.Key;
            if (command.Verb == WorkflowVerb.Start && await StartAsync(id, command, signal))
            {
                return null;
            }
            // A start that finds another workflow, and a question, have their places in the stream too.
            bool isOver = command.Verb is WorkflowVerb.Start or WorkflowVerb.Query;
            WorkflowCommand told = isOver ? new WorkflowCommand(command.Verb) : command;
            Receipt receipt = await workflows.SendAsync(
                id, new WorkflowEvent { Command = told, From = PlaceOf(signal) }, CancellationToken.None);
            if (command.Verb == WorkflowVerb.Query && receipt != Receipt.Early)
            {
                await AnswerAsync(id, command, signal);
            }
            switch (receipt)
            {
                case Receipt.Early:
                    return "The workflow has not begun yet.";
                case Receipt.Unknown when command.Verb == WorkflowVerb.Raise:
                    return "There is no such workflow.";
                case Receipt.Unknown when !isOver:
                    // Behind it the start may wait. An event may be in front of its own.
                    host.Logger.CommandInVain(_address, command.Verb, id);
                    break;
            }
            return null;
        }
        catch (Exception error)
        {
            host.Logger.SendingFailed(error, _address);
            return error.Message;
        }
    }

    private async Task<bool> StartAsync(string id, WorkflowCommand command, Signal signal)
    {
        StreamPosition position = signal.Position;
        return await workflows.StartAsync(
            id,
            workflows.StartOf(command) with
            {
                Seen = new SeenEvents([], [new SeenStream(_address.Id.ToString(), position.Epoch, position.Number + 1, [])]),
            },
            CancellationToken.None);
    }

    /// <summary>Tells this object where a workflow stands, in one commit with the note that it was told.</summary>
    private async Task AnswerAsync(string id, WorkflowCommand command, Signal signal)
    {
        if (command.ReplyTo is not { } reply || ObjectAddress.OfKey(reply.ObjectClass, reply.ObjectKey).Id != _address.Id)
        {
            return;
        }
        WorkflowStatus? status = await workflows.FindAsync(id, withSteps: true, CancellationToken.None);
        Mark before = Here();
        try
        {
            Signal answer = new(_address, reply.Method, JsonSerializer.SerializeToUtf8Bytes(new[] { status }, ObjectJson.Options));
            (await RunTurnAsync(new SignalTurn(answer) { Caller = Caller.Of($"workflow:{id}", Caller.Workflow) })).OrThrow();
            await SettleAsync(signal);
        }
        catch
        {
            ReturnTo(before);
            throw;
        }
    }

    /// <summary>Takes out of the outbox what was carried out.</summary>
    private async Task SettleAsync(Signal last) => (await RunTurnAsync(
        new AcknowledgeStreamTurn(last.Receiver.Id, last.Position.Epoch, last.Position.Number) { Caller = Caller.Runtime })).OrThrow();

    private SenderPlace PlaceOf(Signal signal) =>
        new(_address.Id.ToString(), signal.Position.Epoch, signal.Position.Number, signal.Position.Oldest);

    private long SinceOf(Signal signal) =>
        (_state.Stuck ?? []).FirstOrDefault(one => one.Sequence == signal.Sequence)?.At ?? Milliseconds(Now);
}
