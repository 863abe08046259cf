using System.Globalization;
using System.Text.Json;
using DurableObjects.Functions.Databases;
using DurableObjects.Functions.Sockets;
using DurableObjects.Functions.Wire;
using DurableObjects.Turns;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.Functions.Objects;

/// <summary>
/// One batch of operations of one object's entity. An operation is a turn; what it changes stands in the entity's state, and the platform
/// makes that durable when the batch has ended. The platform sends messages before it does so, and again if it has to repeat the
/// batch; so nothing that matters leaves with the batch that made it: it waits in the state, and the next batch, which has
/// been given that state, sends it first of all.
/// </summary>
/// <remarks>
/// No operation throws: that would lose the answer with the state. See <see cref="ObjectOperations"/> for what they take.
/// </remarks>
internal sealed partial class ObjectEntity(ObjectEntityHost host) : ITaskEntity, IAsyncDisposable
{
    /// <summary>Senders whose signals may wait to be acknowledged: as many as a batch has operations, see host.json.</summary>
    private const int MaxAcks = 24;

    /// <summary>Turns of the clock with one operation; what else is due gets another, behind what waits meanwhile.</summary>
    private const int MaxClockTurns = 8;

    /// <summary>How long what failed for a reason outside of the object waits before it is tried again.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);

    /// <summary>How long a one-way call that cannot be run is tried.</summary>
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(1);

    /// <summary>How late an orchestration must be before the object believes that it will never fire, and starts another.</summary>
    private static readonly TimeSpan AlarmIsLost = TimeSpan.FromMinutes(5);

    private AwakeObject? _awake;
    private ObjectState _state = new();
    private ObjectSummary _summary = ObjectSummary.None;
    private ObjectAddress _address = null!;
    private ObjectState? _gone;
    private DateTimeOffset _began;
    private bool _hasBegun;
    private bool _drainIsComing;
    private bool _isPurgeAhead;
    private bool _hasSendingFailed;

    private DateTimeOffset Now => host.Runtime.Clock.GetUtcNow();

    /// <inheritdoc/>
    public async ValueTask<object?> RunAsync(TaskEntityOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        Mark? before = null;
        try
        {
            if (!_hasBegun)
            {
                await BeginAsync(operation);
            }
            before = Here();
            await RunOperationAsync(operation);
        }
        catch (Exception error)
        {
            // A message that means nothing, or a defect. The operation is lost, the object is not.
            host.Logger.OperationFailed(error, operation.Name, operation.Context.Id.Key);
            if (!_hasBegun)
            {
                ComeAgain(operation);
                return null;
            }
            ReturnTo(before ?? Here());
        }
        Save(operation);
        return null;
    }

    /// <summary>Gives the object back: the batch has ended.</summary>
    public ValueTask DisposeAsync()
    {
        if (_awake is { } awake)
        {
            _awake = null;
            host.Awake.Return(_address.Id, awake);
        }
        return ValueTask.CompletedTask;
    }

    private async ValueTask BeginAsync(TaskEntityOperation operation)
    {
        _began = Now;
        (string className, ObjectId id) = ObjectKeys.Parse(operation.Context.Id.Key);
        ObjectState state = (operation.State.GetState<ObjectState>(null) ?? new ObjectState { Epoch = Milliseconds(Now) }).Checked();
        _address = new ObjectAddress(className, id, state.Name);
        _summary = state.Summary;
        _state = state;
        _awake = await host.Awake.TakeAsync(id);
        _awake.History = HistoryNow;
        _hasBegun = true;
        await SendCommittedAsync(operation.Context);
    }

    /// <summary>
    /// The state cannot be read, perhaps since a later version of the app wrote it. What nobody waits for comes again, until it can.
    /// </summary>
    private void ComeAgain(TaskEntityOperation operation)
    {
        bool isAwaited = operation.Name.Equals(ObjectOperations.Purge, StringComparison.OrdinalIgnoreCase)
            || (operation.Name.Equals(ObjectOperations.Call, StringComparison.OrdinalIgnoreCase) && Input<CallRequest>(operation).IsAwaited);
        if (!isAwaited)
        {
            Later(operation.Context, operation.Name, operation.HasInput ? operation.GetInput<JsonElement>() : null);
        }
    }

    private async ValueTask RunOperationAsync(TaskEntityOperation operation)
    {
        // The next batch begins with it.
        if (_isPurgeAhead && _state.IsPurging && ComesWithContent(operation))
        {
            operation.Context.SignalEntity(operation.Context.Id, operation.Name, operation.GetInput<JsonElement>());
            return;
        }
        string name = operation.Name.ToLowerInvariant();
        if (_state.IsPurging && name is (ObjectOperations.Call or ObjectOperations.Purge))
        {
            // What comes behind a purge finds nothing of what was before it, which is so from the next batch on.
            CallRequest waiting = Input<CallRequest>(operation);
            SignalEntityOptions? delay = _hasSendingFailed ? new SignalEntityOptions { SignalTime = Now + RetryDelay } : null;
            operation.Context.SignalEntity(operation.Context.Id, name, waiting, delay);
            return;
        }
        switch (name)
        {
            case ObjectOperations.Call:
                CallRequest call = Input<CallRequest>(operation);
                if (await CallAsync(call, RunCallAsync) == CallEnd.NotRun)
                {
                    TryLater(operation.Context, call);
                }
                break;
            case ObjectOperations.Purge:
                await CallAsync(Input<CallRequest>(operation), RunPurgeAsync);
                break;
            case ObjectOperations.Signal:
                await SignalAsync(operation.Context, Input<SignalRequest>(operation));
                break;
            case ObjectOperations.Acknowledge:
                await AcknowledgeAsync(operation.Context, Input<StreamAck>(operation));
                break;
            case ObjectOperations.Resend:
                _state = _state with { Outbox = _state.Outbox is { } outbox ? outbox with { Sent = 0 } : null };
                break;
            case ObjectOperations.Clock:
                await ClockAsync(Input<ClockRequest>(operation));
                break;
            case ObjectOperations.Expire:
                ExpireAtOnce();
                break;
            case ObjectOperations.Drain:
                break;
            default:
                throw new NotSupportedException($"The entity has no operation '{operation.Name}'.");
        }
    }

    private static bool ComesWithContent(TaskEntityOperation operation) =>
        operation.HasInput
        && operation.Name.ToLowerInvariant() is ObjectOperations.Call or ObjectOperations.Purge or ObjectOperations.Signal;

    /// <summary>A call that was delivered before is not run again; whatever comes of one that runs is its answer.</summary>
    private async ValueTask<CallEnd> CallAsync(CallRequest request, Func<CallRequest, Task<Answer>> run)
    {
        if (_state.Find(request.Id) is not null)
        {
            return CallEnd.Answered;
        }
        if (request.IsAwaited && Now - Time(request.At) > Limits.CallMemory)
        {
            // It may have run before: that is not known any more. Its caller has gone long since.
            host.Logger.CallTooLate(_address, request.Id);
            return CallEnd.Answered;
        }
        Mark before = Here();
        try
        {
            await MakeRoomAsync();
            if (await FindRememberedAsync(request))
            {
                return CallEnd.Answered;
            }
            Learn(request.Name);
            Answer answer = await run(request);
            if (!request.IsAwaited && answer.Error is { Retryable: true })
            {
                return CallEnd.NotRun;
            }
            await RememberAsync(request, answer);
            return CallEnd.Answered;
        }
        catch (Exception error)
        {
            ReturnTo(before);
            Answer failed = Failed(error);
            if (!request.IsAwaited)
            {
                return CallEnd.NotRun;
            }
            Remember(request, failed);
            return CallEnd.Answered;
        }
    }

    /// <summary>A signal that was taken is acknowledged with the next batch; one that was not must come again.</summary>
    private async ValueTask AcknowledgeAsync(TaskEntityContext context, StreamAck ack)
    {
        try
        {
            ObjectId receiver = ObjectId.FromBytes(Convert.FromHexString(ack.Id));
            await RunTurnAsync(new AcknowledgeStreamTurn(receiver, ack.Epoch, ack.Number) { Caller = Caller.Runtime });
        }
        catch (DurableObjectException error)
        {
            host.Logger.OperationFailed(error, ObjectOperations.Acknowledge, context.Id.Key);
            Later(context, ObjectOperations.Acknowledge, ack);
        }
    }

    private void TryLater(TaskEntityContext context, CallRequest call)
    {
        if (Now - Time(call.At) < GivenUpAfter)
        {
            Later(context, ObjectOperations.Call, call);
        }
        else
        {
            host.Logger.CallGivenUp(_address, call.Id, GivenUpAfter.TotalHours);
        }
    }

    /// <summary>Has an operation that could not be done come again, when what was in its way may have passed.</summary>
    private void Later(TaskEntityContext context, string operation, object? input) =>
        context.SignalEntity(context.Id, operation, input, new SignalEntityOptions { SignalTime = Now + RetryDelay });

    private async Task<Answer> RunCallAsync(CallRequest request)
    {
        Turn turn = WireJson.Unpack<Turn>(request.Turn is { } inline
            ? Packed.FromText(inline)
            : await host.Payloads.ReadAsync(request.Payload ?? "", CancellationToken.None));
        TimeSpan waited = Now - Time(request.At);
        host.Runtime.Diagnostics.Of(_address.ClassName).LeftMailbox(waited > TimeSpan.Zero ? waited : TimeSpan.Zero);
        if (request.Opened is { } opened)
        {
            await OpenFirstAsync(WireJson.Unpack<SocketOpenedTurn>(Packed.FromText(opened)));
        }
        Answer answer = await RunTurnAsync(turn);
        if (turn is SocketClosedTurn closed)
        {
            // The news of its opening may come after that of its end, and must not open what nothing will ever close.
            string opening = CallId(SocketCallId.OfOpening(closed.SocketId));
            _state = _state.Find(opening) is null ? _state.With(new AnswerMark(opening, Milliseconds(Now), null, null)) : _state;
        }
        return answer;
    }

    /// <summary>A message that was faster than the news of its own connection: the connection is opened now, and not again later.</summary>
    private async ValueTask OpenFirstAsync(SocketOpenedTurn opened)
    {
        CallRequest opening = new() { Id = CallId(SocketCallId.OfOpening(opened.SocketId)), At = Milliseconds(Now) };
        if (await CallAsync(opening, _ => RunTurnAsync(opened)) == CallEnd.NotRun)
        {
            throw new DurableObjectException(503, ErrorCodes.Unavailable, "The socket could not be opened.") { Retryable = true };
        }
    }

    private async Task<Answer> RunPurgeAsync(CallRequest request)
    {
        Answer answer = await RunTurnAsync(new DeleteTurn { Caller = Caller.Runtime });
        // One that has ended before may still have a history; only what never was cannot be purged.
        if (answer.Error is not null && (answer.Error.Code != ErrorCodes.UnknownObject || _summary.Head.Commit == 0))
        {
            return answer;
        }
        _state = _state with { IsPurging = true };
        _isPurgeAhead = true;
        return Answer.Nothing;
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
            TimeSpan delay = refusal.Code == ErrorCodes.SignalTooEarly ? TimeSpan.Zero : RetryDelay;
            host.Logger.SignalRefused(sender.Key, _address, refusal.Detail);
            context.SignalEntity(
                sender, ObjectOperations.Resend, null,
                delay == TimeSpan.Zero ? null : new SignalEntityOptions { SignalTime = Now + delay });
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

    /// <summary>An alarm's orchestration is the one that is outstanding, or it is an old one that says nothing.</summary>
    private async ValueTask ClockAsync(ClockRequest request)
    {
        if (request.Epoch != _state.Epoch || _state.Alarm?.Number != request.Number)
        {
            return;
        }
        _state = _state with { Alarm = null, NotBefore = 0 };
        for (int i = 0; i < MaxClockTurns && _summary.WakeAt <= Now; i++)
        {
            try
            {
                await RunTurnAsync(new ClockTurn { Caller = Caller.Runtime });
            }
            catch (DurableObjectException error)
            {
                // Not the handler's failure, which the model retries itself: the database could not be brought to its head, or kept.
                host.Logger.OperationFailed(error, ObjectOperations.Clock, _address.ToString());
                _state = _state with { NotBefore = Milliseconds(Now + RetryDelay) };
                return;
            }
        }
    }

    /// <summary>The history of an object that ended before the retention goes; one that lives, or died later, is left alone.</summary>
    private void ExpireAtOnce()
    {
        bool isOver = !_summary.Exists && _summary is { Outbox: 0, Parked: 0, WakeAt: null };
        if (!isOver)
        {
            return;
        }
        if (_summary.Head.Commit > 0)
        {
            _state = _state with { IsPurging = _state.IsPurging || _summary.CommittedAt <= Now - host.Retention };
        }
        else
        {
            bool isGone = !_state.IsPurging && !(_state.Answers ?? []).Any(one => Time(one.At) > Now - Limits.CallMemory);
            _gone = isGone ? _state : null;
        }
    }

    private Mark Here() => new(_state, _summary, _address);

    /// <summary>What came since does not count. Whatever the database has, the state has not.</summary>
    private void ReturnTo(Mark mark)
    {
        _awake!.Discard();
        (_state, _summary, _address) = (mark.State, mark.Summary, mark.Address);
    }

    private void Learn(string? name)
    {
        if (name is not null && _address.Name is null)
        {
            _address = _address with { Name = name };
            _state = _state with { Name = name, IsListed = false, IsListedById = _state.IsListed };
        }
    }

    private void Save(TaskEntityOperation operation)
    {
        // Unless something has come behind its end.
        if (ReferenceEquals(_gone, _state))
        {
            operation.State.SetState(null);
            return;
        }
        if (!_drainIsComing && MustSend)
        {
            _drainIsComing = true;
            operation.Context.SignalEntity(operation.Context.Id, ObjectOperations.Drain);
        }
        operation.State.SetState(_state);
    }

    private Answer Failed(Exception error)
    {
        if (error is not DurableObjectException)
        {
            host.Logger.TurnNotRun(error, _address);
        }
        return Answer.Failed(error as DurableObjectException ?? new DurableObjectException(
            503, ErrorCodes.Unavailable, $"The turn could not be run: {error.Message}", error)
        { Retryable = true });
    }

    /// <summary>Where the object stands between two things that are done to it.</summary>
    private readonly record struct Mark(ObjectState State, ObjectSummary Summary, ObjectAddress Address);

    /// <summary>How a call ended that may have been delivered before.</summary>
    private enum CallEnd
    {
        /// <summary>Its answer is in the state, or nobody waits for one.</summary>
        Answered,

        /// <summary>It could not be run, nobody waits, and nothing says so to the one who sent it: it must come again.</summary>
        NotRun,
    }

    private static T Input<T>(TaskEntityOperation operation)
        where T : class =>
        operation.GetInput<T>() ?? throw new InvalidDataException($"The operation '{operation.Name}' came without its input.");

    internal static string CallId(Guid id) => id.ToString("n", CultureInfo.InvariantCulture);

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
