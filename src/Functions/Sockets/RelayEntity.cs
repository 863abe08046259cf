using Microsoft.DurableTask.Entities;

namespace DurableObjects.Functions.Sockets;

/// <summary>The entity that carries out an object's socket effects, one batch after the other. Its key is that of the object's.</summary>
public sealed class RelayEntity : ITaskEntity
{
    /// <summary>The entity's name.</summary>
    public const string Name = "relay";

    /// <summary>The operation that carries out a <see cref="RelayBatch"/>.</summary>
    public const string Send = "send";

    /// <summary>The operation that tries again to close connections. The relay asks itself for it.</summary>
    public const string Retry = "retry";

    /// <summary>The operation that ends the relay, if it owes nothing: nothing was sent for so long that nothing can come a second time.</summary>
    public const string Expire = "expire";

    /// <summary>How early a timed signal may come, generously: the platform delivers up to 100 ms before its time.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(1);

    private readonly Relay _relay;

    internal RelayEntity(Relay relay) => _relay = relay;

    /// <inheritdoc/>
    public async ValueTask<object?> RunAsync(TaskEntityOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        RelayState state = operation.State.GetState<RelayState>() ?? new RelayState();
        string group = operation.Context.Id.Key;
        if (Is(operation, Send))
        {
            RelayBatch batch = operation.GetInput<RelayBatch>() ?? throw new InvalidDataException($"'{Send}' needs a batch.");
            state = await _relay.SendAsync(group, state, batch, CancellationToken.None);
        }
        else if (Is(operation, Expire))
        {
            operation.State.SetState(state.Unclosed is null ? null : state);
            return null;
        }
        else if (!Is(operation, Retry))
        {
            throw new NotSupportedException($"A relay has no operation '{operation.Name}'.");
        }
        else if (!IsAhead(state.RetryAt, Early))
        {
            state = await _relay.RetryAsync(group, state with { RetryAt = null }, CancellationToken.None);
        }
        operation.State.SetState(Rearm(state, operation.Context));
        return null;
    }

    private static bool Is(TaskEntityOperation operation, string name) =>
        string.Equals(operation.Name, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Has one retry outstanding at most: a repeated one finds that the next is already on its way.</summary>
    private RelayState Rearm(RelayState state, TaskEntityContext context)
    {
        if (state.Unclosed is null)
        {
            return state with { RetryAt = null };
        }
        if (IsAhead(state.RetryAt, TimeSpan.Zero))
        {
            return state;
        }
        DateTimeOffset at = _relay.Now + Relay.RetryAfter;
        context.SignalEntity(context.Id, Retry, null, new SignalEntityOptions { SignalTime = at });
        return state with { RetryAt = at.ToUnixTimeMilliseconds() };
    }

    private bool IsAhead(long? at, TimeSpan by) => at > (_relay.Now + by).ToUnixTimeMilliseconds();
}
