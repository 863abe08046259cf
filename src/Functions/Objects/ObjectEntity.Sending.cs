using DurableObjects.Functions.Alarms;
using DurableObjects.Functions.Archive;
using DurableObjects.Functions.Sockets;
using DurableObjects.Functions.Wire;
using DurableObjects.Turns;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.Functions.Objects;

// What leaves: only what stood in the state that this batch was given, which is committed.
internal sealed partial class ObjectEntity
{
    /// <summary>Signals that leave the outbox with one batch; the rest with the next, so that turns get their share.</summary>
    private const int MaxSignals = 64;

    /// <summary>Characters of a signal that travels in the message itself; past some 30,000 the platform would use a blob of its own.</summary>
    private const int MaxInlineSignal = 16_000;

    /// <summary>The operation of the relay's entity.</summary>
    private const string RelaySendOperation = "send";

    private bool HasUnsentSignals => _summary.Outbox > 0 && _state.Outbox is { } outbox && outbox.Last > outbox.Sent;

    private bool IsListedInVain => _state.IsListed && !_summary.Exists;

    private bool MustSend =>
        _state.IsPurging || _state.Sends is { Count: > 0 } || _state.Acks is { Count: > 0 } || HasUnsentSignals || IsListedInVain
        || _state.IsListedById || AlarmToSchedule is not null;

    /// <summary>
    /// When an orchestration is to wake the object, if one must be started: none is outstanding, or only a later one, or one that should
    /// have fired long ago. To a later time nothing is done: the one that is outstanding fires, finds out, and the next is started.
    /// </summary>
    private long? AlarmToSchedule
    {
        get
        {
            if (_summary.WakeAt is not { } wake)
            {
                return null;
            }
            long now = Milliseconds(Now);
            long at = Math.Max(Milliseconds(wake), _state.NotBefore);
            bool mustSchedule = _state.Alarm is not { } outstanding
                || (at < outstanding.At && now < outstanding.At)
                || outstanding.At < Milliseconds(Now - AlarmIsLost);
            return mustSchedule ? Math.Max(at, now) : null;
        }
    }

    /// <summary>
    /// Sends what is committed. Should this batch be repeated, it is sent again: the relay and receivers drop what they have seen, and an
    /// orchestration has the same id.
    /// </summary>
    private async ValueTask SendCommittedAsync(TaskEntityContext context)
    {
        if (_state.Sends is { Count: > 0 } sends)
        {
            RelayBatch batch = new(_state.Epoch, [.. sends.Select(send => new RelayEntry(send.Sequence, send.Inline, send.Payload))]);
            context.SignalEntity(ObjectKeys.RelayOf(_address), RelaySendOperation, batch);
            _state = _state with { Sends = null };
        }
        foreach (StreamAck ack in _state.Acks ?? [])
        {
            EntityInstanceId sender = ObjectKeys.EntityOf(ack.ClassName, ObjectId.FromBytes(Convert.FromHexString(ack.Id)));
            context.SignalEntity(
                sender, ObjectOperations.Acknowledge, ack with { ClassName = _address.ClassName, Id = _address.Id.ToString() });
        }
        _state = _state with { Acks = null };
        if (AlarmToSchedule is { } at)
        {
            AlarmRequest request = new(context.Id.Key, _state.Epoch, _state.Alarms + 1, at);
            context.ScheduleNewOrchestration(
                AlarmOrchestration.Name, request, new StartOrchestrationOptions(AlarmOrchestration.InstanceIdOf(request)));
            _state = _state with { Alarm = new AlarmMark(request.Number, at), Alarms = request.Number };
        }
        try
        {
            if (_state.IsListedById)
            {
                await host.Catalogue.RemoveAsync(_address with { Name = null }, CancellationToken.None);
                _state = _state with { IsListedById = false };
            }
            if (IsListedInVain)
            {
                await host.Catalogue.RemoveAsync(_address, CancellationToken.None);
                _state = _state with { IsListed = false };
            }
            if (_state.IsPurging)
            {
                await PurgeAsync();
            }
            else
            {
                await SendSignalsAsync(context);
            }
        }
        catch (Exception error)
        {
            host.Logger.SendingFailed(error, _address);
            Later(context, ObjectOperations.Drain, null);
            _drainIsComing = true;
            _hasSendingFailed = true;
        }
    }

    private async ValueTask SendSignalsAsync(TaskEntityContext context)
    {
        if (!HasUnsentSignals)
        {
            _state = _summary.Outbox == 0 && _state.Outbox is { } done ? _state with { Outbox = done with { Sent = done.Last } } : _state;
            return;
        }
        OutboxMark outbox = _state.Outbox!;
        ObjectActivation activation = await WakeAsync();
        TurnOutcome drained = await activation.RunAsync(
            new DrainTurn { After = outbox.Sent, Limit = MaxSignals, Caller = Caller.Runtime });
        foreach (Signal signal in drained.Signals)
        {
            string text = Packed.ToText(WireJson.Pack(signal));
            SignalRequest request = new(_address.ClassName, _address.Id.ToString(), signal.Receiver.Name, text, null);
            if (text.Length > MaxInlineSignal)
            {
                string payload = await host.Payloads.WriteAsync(
                    signal.Receiver.ClassName, signal.Receiver.Id, Packed.FromText(text), CancellationToken.None);
                request = request with { Signal = null, Payload = payload };
            }
            context.SignalEntity(ObjectKeys.EntityOf(signal.Receiver), ObjectOperations.Signal, request);
        }
        long sent = drained.Signals.Count < MaxSignals ? outbox.Last : drained.Signals[^1].Sequence;
        _state = _state with { Outbox = outbox with { Sent = sent, At = Milliseconds(Now) } };
    }

    /// <summary>
    /// Removes the history of an object that has ended, and begins with nothing. What was written since this batch began is left alone: this
    /// may be a worker that was given up for dead, and the object may live again. If it is of the old life after all, the sweep takes it.
    /// </summary>
    private async ValueTask PurgeAsync()
    {
        _awake!.Discard();
        foreach (ArchiveEntry piece in await host.Archive.ListEntriesAsync(_address.ClassName, _address.Id, CancellationToken.None))
        {
            if (piece.LastModified <= _began)
            {
                await host.Archive.DeleteAsync(piece, CancellationToken.None);
            }
        }
        // Callers may still be on their way to their answers.
        IReadOnlyList<AnswerMark> answers = _state.Answers ?? [];
        await host.Payloads.DeleteAllAsync(
            _address.ClassName, _address.Id, _began, [.. answers.Select(one => one.Payload).OfType<string>()], CancellationToken.None);
        await host.Automatic.DeleteAllAsync(_address.ClassName, _address.Id, _began, CancellationToken.None);
        _state = new ObjectState
        {
            Epoch = Math.Max(Milliseconds(Now), _state.Epoch + 1),
            Name = _state.Name,
            Answers = answers,
        };
        _summary = ObjectSummary.None;
    }
}
