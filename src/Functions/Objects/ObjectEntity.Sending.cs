using DurableObjects.Functions.Alarms;
using DurableObjects.Functions.Archive;
using DurableObjects.Functions.Sockets;
using DurableObjects.Functions.Wire;
using DurableObjects.Turns;
using DurableObjects.Workflows;
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

    /// <summary>How long a message that names a payload may be on its way.</summary>
    private static readonly TimeSpan PayloadsOnTheirWay = TimeSpan.FromHours(1);

    /// <summary>How early a signal with a time may come: the platform delivers up to 100 ms before it.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(1);

    /// <summary>How long what is to be sent at once may wait before the object looks after it again.</summary>
    private static readonly TimeSpan WatchAfter = TimeSpan.FromMinutes(1);

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
            long? wake = _summary.WakeAt is { } due ? Math.Max(Milliseconds(due), _state.NotBefore) : null;
            // What had to be sent again once is looked after by something that does not die with a worker.
            long? resend = _state.Outbox is { Tries: > 0 } ? ResendAt : null;
            if ((resend < wake ? resend : wake ?? resend) is not { } at)
            {
                return null;
            }
            long now = Milliseconds(Now);
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
        if (_state.Watch > 0 && Milliseconds(Now + Early) >= _state.Watch)
        {
            _state = _state with { Watch = 0 };
        }
        if (_state.Sends is { Count: > 0 } sends)
        {
            RelayBatch batch = new(_state.Epoch, [.. sends.Select(send => new RelayEntry(send.Sequence, send.Inline, send.Payload))]);
            context.SignalEntity(ObjectKeys.RelayOf(_address), RelayEntity.Send, batch);
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
            _hasSendingFailed = true;
        }
    }

    /// <summary>
    /// Sees to it that a batch comes which sends what waits now: at once; and, since a worker that dies takes the operations of its batch
    /// along, once more after a while.
    /// </summary>
    private void Arrange(TaskEntityContext context)
    {
        bool mustSend = MustSend;
        if (mustSend && !_drainIsComing && !_hasSendingFailed)
        {
            _drainIsComing = true;
            context.SignalEntity(context.Id, ObjectOperations.Drain);
        }
        long now = Milliseconds(Now);
        long? due = ResendAt;
        if (mustSend)
        {
            long look = now + (long)(_hasSendingFailed ? RetryDelay : WatchAfter).TotalMilliseconds;
            due = due < look ? due : look;
        }
        if (due is { } at && (_state.Watch == 0 || at + (long)Early.TotalMilliseconds < _state.Watch))
        {
            at = Math.Max(at, now + (long)Early.TotalMilliseconds);
            context.SignalEntity(
                context.Id, ObjectOperations.Drain, null, new SignalEntityOptions { SignalTime = DateTimeOffset.FromUnixTimeMilliseconds(at) });
            _state = _state with { Watch = at };
        }
    }

    private async ValueTask SendSignalsAsync(TaskEntityContext context)
    {
        if (_summary.Outbox == 0 && _state.Outbox is { } done)
        {
            _state = _state with { Outbox = new OutboxMark(done.Last, done.Last, 0) };
        }
        if (ResendAt is { } resend && resend <= Milliseconds(Now) && _state.Outbox is { } again)
        {
            _state = _state with { Outbox = again with { Sent = 0, Tries = again.Tries + 1, Asked = false } };
        }
        if (!HasUnsentSignals)
        {
            return;
        }
        OutboxMark outbox = _state.Outbox!;
        ObjectActivation activation = await WakeAsync();
        TurnOutcome drained = await activation.RunAsync(
            new DrainTurn { After = outbox.Sent, Limit = MaxSignals, Caller = Caller.Runtime });
        drained.Answer.OrThrow();
        foreach (Signal signal in drained.Signals.Where(one => one.Receiver.ClassName != WorkflowCommand.ClassName))
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
        IReadOnlyList<Signal> commands = [.. drained.Signals.Where(one => one.Receiver.ClassName == WorkflowCommand.ClassName)];
        bool isStuck = commands.Count > 0 && await CommandAsync(commands);
        _state = _state with
        {
            Outbox = (_state.Outbox ?? outbox) with { Sent = sent, At = Milliseconds(Now), Asked = outbox.Asked || isStuck },
        };
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
        // Not the payloads of late: messages on their way name them, answers that are yet to be read, sends to sockets. The sweep takes them.
        await host.Payloads.DeleteAllAsync(
            _address.ClassName, _address.Id, _began - PayloadsOnTheirWay,
            [.. (_state.Answers ?? []).Select(one => one.Payload).OfType<string>()], CancellationToken.None);
        await host.Automatic.DeleteAllAsync(_address.ClassName, _address.Id, _began, CancellationToken.None);
        _state = new ObjectState
        {
            Epoch = Math.Max(Milliseconds(Now), _state.Epoch + 1),
            Name = _state.Name,
            Answers = _state.Answers,
        };
        _summary = ObjectSummary.None;
    }
}
