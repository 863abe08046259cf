using System.Globalization;
using System.Text.Json;
using DurableObjects.Functions.Databases;
using DurableObjects.Functions.Sockets;
using DurableObjects.Functions.Wire;
using DurableObjects.Functions.Workflows;
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
internal sealed partial class ObjectEntity(ObjectEntityHost host, WorkflowClient workflows) : ITaskEntity, IAsyncDisposable
{
    /// <summary>How long what failed for a reason outside of the object waits before it is tried again.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a batch goes on taking operations that may last; the rest comes again in the next. With the last turn's own deadline that is
    /// well under host.json's limit for a function, past which the worker would be ended with all that it does.
    /// </summary>
    private static readonly TimeSpan BatchTime = TimeSpan.FromSeconds(60);

    private AwakeObject? _awake;
    private ObjectState _state = new();
    private ObjectSummary _summary = ObjectSummary.None;
    private ObjectAddress _address = null!;
    private ObjectState? _gone;
    private DateTimeOffset _began;
    private long _begunAt;
    private bool _hasBegun;
    private bool _drainIsComing;
    private bool _hasSendingFailed;

    private DateTimeOffset Now => host.Runtime.Clock.GetUtcNow();

    private bool IsOutOfTime => host.Runtime.Clock.GetElapsedTime(_begunAt) > BatchTime;

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
        await SaveAsync(operation, before ?? Here());
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
        _begunAt = host.Runtime.Clock.GetTimestamp();
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
        string name = operation.Name.ToLowerInvariant();
        bool isTurn = name is ObjectOperations.Call or ObjectOperations.Purge or ObjectOperations.Signal;
        // What comes behind a purge finds nothing of what was before it, which is so from the next batch on.
        if (isTurn && (_state.IsPurging || IsOutOfTime))
        {
            SignalEntityOptions? delay = _hasSendingFailed ? new SignalEntityOptions { SignalTime = Now + RetryDelay } : null;
            operation.Context.SignalEntity(operation.Context.Id, operation.Name, operation.GetInput<JsonElement>(), delay);
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
                AskedToResend();
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

    /// <summary>Has an operation that could not be done come again, when what was in its way may have passed.</summary>
    private void Later(TaskEntityContext context, string operation, object? input) =>
        context.SignalEntity(context.Id, operation, input, new SignalEntityOptions { SignalTime = Now + RetryDelay });

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

    private async ValueTask SaveAsync(TaskEntityOperation operation, Mark before)
    {
        // Unless something has come behind its end.
        if (ReferenceEquals(_gone, _state))
        {
            operation.State.SetState(null);
            return;
        }
        try
        {
            await FitAsync();
        }
        catch (Exception error)
        {
            host.Logger.OperationFailed(error, operation.Name, operation.Context.Id.Key);
            if (_state.Characters > ObjectState.MaxCharacters)
            {
                ReturnTo(before);
                ComeAgain(operation);
            }
        }
        Arrange(operation.Context);
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

    private static T Input<T>(TaskEntityOperation operation)
        where T : class =>
        operation.GetInput<T>() ?? throw new InvalidDataException($"The operation '{operation.Name}' came without its input.");

    internal static string CallId(Guid id) => id.ToString("n", CultureInfo.InvariantCulture);

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
