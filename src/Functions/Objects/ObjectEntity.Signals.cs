using DurableObjects.Functions.Wire;
using DurableObjects.Turns;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.Functions.Objects;

// Signals between objects. A sender sends again what is not acknowledged, when a receiver asks for it or nothing is heard for long.
internal sealed partial class ObjectEntity
{
    /// <summary>Senders whose signals may wait to be acknowledged: as many as a batch has operations, see host.json.</summary>
    private const int MaxAcks = 24;

    /// <summary>How long nothing is heard of what was sent before it is sent again; twice as long each time.</summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromMinutes(1);

    /// <summary>The longest that nothing is heard.</summary>
    private static readonly TimeSpan LastPatience = TimeSpan.FromMinutes(30);

    /// <summary>
    /// How long after the last time all is sent again that is asked for a second time; twice as long each time. A receiver that cannot take
    /// signals says so of each.
    /// </summary>
    private static readonly TimeSpan FirstResend = TimeSpan.FromSeconds(1);

    /// <summary>The longest of these distances.</summary>
    private static readonly TimeSpan LastResend = TimeSpan.FromMinutes(1);

    private readonly HashSet<string> _refused = [];

    /// <summary>When the outbox is to be sent again from its beginning, as things stand; null if nothing of it is on its way.</summary>
    private long? ResendAt
    {
        get
        {
            if (_summary.Outbox == 0 || _state.Outbox is not { Sent: > 0 } outbox)
            {
                return null;
            }
            long quiet = outbox.At + (long)Growing(FirstPatience, outbox.Tries, LastPatience).TotalMilliseconds;
            return outbox.Asked ? Math.Min(quiet, AskedFor(outbox)) : quiet;
        }
    }

    /// <summary>A signal of another object, which sends it again until it is acknowledged.</summary>
    private async ValueTask SignalAsync(TaskEntityContext context, SignalRequest request)
    {
        Mark before = Here();
        ObjectId senderId = ObjectId.FromBytes(Convert.FromHexString(request.SenderId));
        EntityInstanceId sender = ObjectKeys.EntityOf(request.SenderClass, senderId);
        StreamPosition position = default;
        Answer answer;
        try
        {
            Signal signal = WireJson.Unpack<Signal>(request.Signal is { } inline
                ? Packed.FromText(inline)
                : await host.Payloads.ReadAsync(request.Payload ?? "", CancellationToken.None));
            position = signal.Position;
            if (_state.Acks is { Count: >= MaxAcks } acks && !acks.Any(ack => ack.Id == request.SenderId))
            {
                throw new DurableObjectException(503, ErrorCodes.Overloaded, "Too many acknowledgements wait to be sent.") { Retryable = true };
            }
            Learn(request.Name);
            answer = await RunTurnAsync(new SignalTurn(signal) { TraceParent = signal.TraceParent });
        }
        catch (Exception error)
        {
            ReturnTo(before);
            answer = Failed(error);
        }
        if (answer.Error is { } refusal)
        {
            // It is not taken, so it must come again; those behind it will be refused as well, until it has.
            host.Logger.SignalRefused(sender.Key, _address, refusal.Detail);
            if (_refused.Add(request.SenderId))
            {
                bool isGap = refusal.Code == ErrorCodes.SignalTooEarly;
                context.SignalEntity(
                    sender, ObjectOperations.Resend, null, isGap ? null : new SignalEntityOptions { SignalTime = Now + RetryDelay });
            }
            return;
        }
        StreamAck own = new(request.SenderClass, request.SenderId, position.Epoch, position.Number);
        _state = _state with { Acks = [.. (_state.Acks ?? []).Where(ack => ack.Id != own.Id || Newer(ack, own) == ack), .. LaterOnly(own)] };
    }

    /// <summary>The acknowledgement, unless one of the same stream that says more is there.</summary>
    private IEnumerable<StreamAck> LaterOnly(StreamAck own) =>
        (_state.Acks ?? []).Any(ack => ack.Id == own.Id && Newer(ack, own) == ack) ? [] : [own];

    private static StreamAck Newer(StreamAck one, StreamAck other) =>
        (one.Epoch, one.Number).CompareTo((other.Epoch, other.Number)) >= 0 ? one : other;

    /// <summary>A signal that was taken is acknowledged with the next batch; one that was not must come again.</summary>
    private async ValueTask AcknowledgeAsync(TaskEntityContext context, StreamAck ack)
    {
        Mark before = Here();
        try
        {
            ObjectId receiver = ObjectId.FromBytes(Convert.FromHexString(ack.Id));
            int waiting = _summary.Outbox;
            (await RunTurnAsync(new AcknowledgeStreamTurn(receiver, ack.Epoch, ack.Number) { Caller = Caller.Runtime })).OrThrow();
            if (_summary.Outbox < waiting && _state.Outbox is { } outbox)
            {
                _state = _state with { Outbox = outbox with { Tries = 0 } };
            }
        }
        catch (Exception error)
        {
            ReturnTo(before);
            host.Logger.OperationFailed(error, ObjectOperations.Acknowledge, context.Id.Key);
            Later(context, ObjectOperations.Acknowledge, ack);
        }
    }

    /// <summary>A receiver misses what came before, or could not take it.</summary>
    private void AskedToResend() =>
        _state = _state.Outbox is { } outbox ? _state with { Outbox = outbox with { Asked = true } } : _state;

    private static long AskedFor(OutboxMark outbox) => outbox.Tries == 0
        ? outbox.At
        : outbox.At + (long)Growing(FirstResend, outbox.Tries - 1, LastResend).TotalMilliseconds;

    private static TimeSpan Growing(TimeSpan first, int times, TimeSpan last) =>
        times < 30 && first * Math.Pow(2, times) < last ? first * Math.Pow(2, times) : last;
}
