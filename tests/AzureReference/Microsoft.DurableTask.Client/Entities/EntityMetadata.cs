using System.Diagnostics.CodeAnalysis;
using Microsoft.DurableTask.Entities;

namespace Microsoft.DurableTask.Client.Entities;

public class EntityMetadata<TState>
{
    private readonly TState? _state;

    public EntityMetadata(EntityInstanceId id)
    {
        if (id == default)
        {
            throw new ArgumentException("It is the default value, which names no entity.", nameof(id));
        }

        Id = id;
    }

    public EntityMetadata(EntityInstanceId id, TState? state)
        : this(id)
    {
        IncludesState = state is not null;
        _state = state;
    }

    public EntityInstanceId Id { get; }

    public DateTimeOffset LastModifiedTime { get; init; }

    public int BacklogQueueSize { get; init; }

    public string? LockedBy { get; init; }

    [MemberNotNullWhen(true, nameof(State))]
    [MemberNotNullWhen(true, nameof(_state))]
    public bool IncludesState { get; }

    public TState State => IncludesState
        ? _state
        : throw new InvalidOperationException($"{Id} was read without its state: {nameof(IncludesState)} is false.");
}

public sealed class EntityMetadata(EntityInstanceId id, SerializedData? state = null) : EntityMetadata<SerializedData>(id, state);
