using DurableObjects.Functions.Objects;
using DurableObjects.Functions.Sockets;
using DurableObjects.Functions.Wire;
using DurableObjects.Functions.Workflows;
using DurableObjects.History;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Calls;

/// <summary>
/// The host as triggers see it. A turn is an operation of the object's entity, which from outside can only be signalled: the call has an
/// id, its answer waits under it in the entity's state, and the caller looks for it there. What only reads is done here, on
/// the state that the entity has committed.
/// </summary>
/// <param name="shared">What the triggers of this worker share.</param>
/// <param name="client">The way to the entities.</param>
public sealed partial class AzureObjectHost(CallServices shared, DurableTaskClient client) : IObjectHost, IObjectDelivery, ISignalDelivery
{
    /// <summary>Characters of a turn that travels in the message itself; past some 30,000 the platform would use a blob of its own.</summary>
    private const int MaxInlineTurn = 16_000;

    /// <summary>How long a caller waits before he sends his call again, if its answer may have left the entity's state.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long he waits otherwise: a worker that dies takes the operations of its batch along. Twice as long each time.
    /// </summary>
    private static readonly TimeSpan SendAgain = TimeSpan.FromSeconds(5);

    /// <summary>How far the clocks of two workers may differ.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>States read at once for a page of a listing.</summary>
    private const int ReadsAtOnce = 16;

    /// <inheritdoc/>
    public ObjectClasses Classes => shared.Classes;

    /// <inheritdoc/>
    public async Task<Answer> RunAsync(ObjectAddress address, Turn turn, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(turn);
        ObjectClass objectClass = Classes.Get(address.ClassName);
        if (turn is CallTurn { IfMatch: null, IdempotencyKey: null } call && objectClass.Method(call.Method).IsReadOnly
            && await ReadAsync(address, call, cancellation) is { } read)
        {
            return read;
        }
        Guid id = Guid.CreateVersion7(shared.Clock.GetUtcNow());
        if (turn is SignalTurn)
        {
            await SendAsync(address, ObjectOperations.Call, await RequestAsync(address, turn, id, isAwaited: false, null, cancellation), cancellation);
            return Answer.Nothing;
        }
        CallRequest request = await RequestAsync(address, turn, id, isAwaited: true, null, cancellation);
        return await CallAsync(address, ObjectOperations.Call, request, cancellation);
    }

    /// <inheritdoc/>
    public async Task<ObjectEntry?> FindAsync(ObjectAddress address, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(address);
        EntityMetadata<ObjectState>? found = await EntityAsync(address, cancellation);
        if (found is not { IncludesState: true })
        {
            return null;
        }
        ObjectState state = found.State.Checked();
        ObjectSummary summary = state.Summary;
        return summary.Exists && !state.IsPurging ? new ObjectEntry(Named(address, state), summary, found.LastModifiedTime) : null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ObjectEntry>> ListAsync(
        string className, string prefix, string? after, int limit, CancellationToken cancellation)
    {
        List<ObjectEntry> entries = [];
        // The catalogue may name an object that never came to exist, or has just ended: the states know.
        await foreach (ObjectAddress[] addresses in shared.Catalogue.ListAsync(className, prefix, after, cancellation)
            .Chunk(Math.Clamp(limit, 1, ReadsAtOnce)).WithCancellation(cancellation))
        {
            foreach (ObjectEntry? entry in await Task.WhenAll(addresses.Select(address => FindAsync(address, cancellation))))
            {
                if (entry is not null && entries.Count < limit)
                {
                    entries.Add(entry);
                }
            }
            if (entries.Count >= limit)
            {
                break;
            }
        }
        return entries;
    }

    /// <inheritdoc/>
    public async Task<IObjectHistory?> HistoryAsync(ObjectAddress address, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(address);
        return await StateAsync(address, cancellation) is { IsPurging: false } state && state.Summary.Head.Commit > 0
            ? StateHistory.Of(state, address.ClassName, address.Id, shared.Archive)
            : null;
    }

    /// <inheritdoc/>
    public async Task PurgeAsync(ObjectAddress address, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(address);
        Classes.Get(address.ClassName);
        Guid id = Guid.CreateVersion7(shared.Clock.GetUtcNow());
        CallRequest request = await RequestAsync(address, new DeleteTurn { Caller = Caller.Runtime }, id, isAwaited: true, null, cancellation);
        (await CallAsync(address, ObjectOperations.Purge, request, cancellation)).OrThrow();
        // The history goes with the next batch, once it is certain that the object has ended.
        long started = shared.Clock.GetTimestamp();
        for (int look = 0; await StateAsync(address, cancellation) is { IsPurging: true }; look++)
        {
            if (shared.Clock.GetElapsedTime(started) > shared.Options.CallDeadline)
            {
                throw TimedOut(address);
            }
            await Task.Delay(shared.Pace.Before(look), shared.Clock, cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(SocketDelivery delivery, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        await SendAsync(delivery.Address, ObjectOperations.Call, await RequestAsync(delivery, isAwaited: false, cancellation), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<Answer> CallAsync(SocketDelivery delivery, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        CallRequest request = await RequestAsync(delivery, isAwaited: true, cancellation);
        return await CallAsync(delivery.Address, ObjectOperations.Call, request, cancellation);
    }

    /// <inheritdoc/>
    async Task ISignalDelivery.DeliverAsync(Signal signal, CancellationToken cancellation)
    {
        Classes.Get(signal.Receiver.ClassName);
        Guid id = Guid.CreateVersion7(shared.Clock.GetUtcNow());
        CallRequest request = await RequestAsync(signal.Receiver, new SignalTurn(signal), id, isAwaited: true, null, cancellation);
        (await CallAsync(signal.Receiver, ObjectOperations.Call, request, cancellation)).OrThrow();
    }

    /// <inheritdoc/>
    public async ValueTask<AutoResponse?> AutoResponseAsync(ObjectAddress address, CancellationToken cancellation)
    {
        ObjectState? state = await StateAsync(address, cancellation);
        return state?.AutoResponse is { } reference
            ? await shared.Automatic.ReadAsync(reference, cancellation)
            : state?.Summary.AutoResponse;
    }

    private async Task<Answer?> ReadAsync(ObjectAddress address, CallTurn call, CancellationToken cancellation)
    {
        ObjectState? state = await StateAsync(address, cancellation);
        return state is null || (state.PackedSummary is null && !state.IsPurging)
            ? await shared.Readers.ReadAbsentAsync(address, call, cancellation)
            : await shared.Readers.ReadAsync(Named(address, state), state, call, cancellation);
    }

    private ValueTask<CallRequest> RequestAsync(SocketDelivery delivery, bool isAwaited, CancellationToken cancellation) =>
        RequestAsync(delivery.Address, delivery.Turn, delivery.CallId, isAwaited, delivery.Opening, cancellation);

    private async ValueTask<CallRequest> RequestAsync(
        ObjectAddress address, Turn turn, Guid id, bool isAwaited, SocketOpening? opening, CancellationToken cancellation)
    {
        byte[] packed = WireJson.Pack(turn);
        string text = Packed.ToText(packed);
        bool isInline = text.Length <= MaxInlineTurn;
        SocketOpenedTurn? opened = opening is not null && turn is SocketMessageTurn message
            ? new SocketOpenedTurn(message.SocketId, opening) { Caller = turn.Caller }
            : null;
        return new CallRequest
        {
            Id = ObjectEntity.CallId(id),
            At = shared.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            IsAwaited = isAwaited,
            Name = address.Name,
            Turn = isInline ? text : null,
            Payload = isInline ? null : await shared.Payloads.WriteAsync(address.ClassName, address.Id, packed, cancellation),
            Opened = opened is null ? null : Packed.ToText(WireJson.Pack(opened)),
        };
    }

    /// <summary>Sends a call, and looks for its answer until it is there or the deadline has come.</summary>
    private async Task<Answer> CallAsync(
        ObjectAddress address, string operation, CallRequest request, CancellationToken cancellation)
    {
        using AnswerLooks.AwaitedAnswer awaited = shared.Looks.Await(address.Id, request.Id);
        long started = shared.Clock.GetTimestamp();
        await SendAsync(address, operation, request, cancellation);
        TimeSpan sentAt = TimeSpan.Zero;
        int sent = 1;
        for (int look = 0; ; look++)
        {
            await Task.WhenAny(Task.Delay(shared.Pace.Before(look), shared.Clock, cancellation), awaited.Answer);
            cancellation.ThrowIfCancellationRequested();
            // For all who wait with this caller, so not to be ended by him.
            ObjectState? state = awaited.Answer.IsCompleted
                ? null
                : await awaited.LookAsync(() => StateAsync(address, CancellationToken.None)).WaitAsync(cancellation);
            TimeSpan elapsed = shared.Clock.GetElapsedTime(started);
            if (awaited.Answer.IsCompleted)
            {
                shared.Pace.Found(elapsed, look + 1);
                return await AnswerOfAsync(await awaited.Answer, cancellation);
            }
            if (elapsed > shared.Options.CallDeadline)
            {
                shared.Logger.CallTimedOut(address, request.Id, elapsed.TotalSeconds);
                throw TimedOut(address);
            }
            bool mayHaveLeft = state is not null && state.Pushed > request.At - (long)Skew.TotalMilliseconds;
            if (elapsed - sentAt > (mayHaveLeft ? AskAgain : SendAgain) * Math.Pow(2, sent - 1))
            {
                // The same call: if it has run, its answer comes back into the state; if not, this one is the second delivery.
                sentAt = elapsed;
                sent++;
                await SendAsync(address, operation, request, cancellation);
            }
        }
    }

    private async Task SendAsync(ObjectAddress address, string operation, CallRequest request, CancellationToken cancellation)
    {
        try
        {
            await client.Entities.SignalEntityAsync(ObjectKeys.EntityOf(address), operation, request, null, cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw Unreachable(address, error);
        }
    }

    private async Task<Answer> AnswerOfAsync(AnswerMark mark, CancellationToken cancellation)
    {
        byte[] packed = mark.Payload is { } payload
            ? await shared.Payloads.ReadAsync(payload, cancellation)
            : mark.Inline is { } inline ? Packed.FromText(inline) : WireJson.Pack(Answer.Nothing);
        return WireJson.Unpack<Answer>(packed);
    }

    private async Task<ObjectState?> StateAsync(ObjectAddress address, CancellationToken cancellation) =>
        await EntityAsync(address, cancellation) is { IncludesState: true } found ? found.State.Checked() : null;

    private async Task<EntityMetadata<ObjectState>?> EntityAsync(ObjectAddress address, CancellationToken cancellation)
    {
        try
        {
            return await client.Entities.GetEntityAsync<ObjectState>(ObjectKeys.EntityOf(address), includeState: true, cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw Unreachable(address, error);
        }
    }

    /// <summary>The address with the name, which one who knows only the id does not have.</summary>
    private static ObjectAddress Named(ObjectAddress address, ObjectState state) =>
        address.Name is null && state.Name is { } name ? address with { Name = name } : address;

    private static DurableObjectException Unreachable(ObjectAddress address, Exception error) =>
        new(503, ErrorCodes.Unavailable, $"The entity of {address} cannot be reached: {error.Message}", error) { Retryable = true };

    private DurableObjectException TimedOut(ObjectAddress address) => new(
        504, ErrorCodes.DeadlineExceeded,
        $"{address} has not answered within {shared.Options.CallDeadline.TotalSeconds:N0} seconds. The turn may still run: repeat the "
        + "request with the same Idempotency-Key.")
    {
        Retryable = true,
    };
}
