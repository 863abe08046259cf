using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.DurableEngine.Entities;

/// <summary>A batch of operations that a worker was given, with the state that they start from.</summary>
public sealed class EntityWork
{
    internal EntityWork(EntityInstance entity, IReadOnlyList<EntitySignal> taken, int maxOperations)
    {
        Entity = entity;
        Id = entity.Id;
        Version = entity.Version;
        State = entity.State;
        Order = entity.Order.Clone();
        List<EntitySignal> operations = [];
        List<EntitySignal> used = [];
        foreach (EntitySignal signal in taken)
        {
            if (operations.Count >= maxOperations)
            {
                break;
            }
            used.Add(signal);
            operations.AddRange(Order.Receive(signal));
        }
        Taken = used;
        Operations = operations;
    }

    public EntityInstanceId Id { get; }

    /// <summary>The operations in order. None, if all that came were duplicates or came before others.</summary>
    public IReadOnlyList<EntitySignal> Operations { get; }

    /// <summary>The state's text at its start.</summary>
    public string? State { get; }

    internal EntityInstance Entity { get; }

    internal long Version { get; }

    internal IReadOnlyList<EntitySignal> Taken { get; }

    internal SignalOrder Order { get; }

    /// <summary>
    /// Runs the operations, each by the rules of the worker's shim: what it changed and sent is kept if it returns, and dropped if it throws.
    /// </summary>
    /// <param name="create">Makes the entity for the batch; disposed at its end, if it can be.</param>
    public async Task<EntityResult> RunAsync(Func<ITaskEntity> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        EntityOperationRun run = new(Id, State);
        if (Operations.Count == 0)
        {
            return run.Result();
        }
        ITaskEntity entity = create();
        try
        {
            foreach (EntitySignal operation in Operations)
            {
                await run.RunAsync(entity, operation);
            }
        }
        finally
        {
            if (entity is IAsyncDisposable disposable)
            {
                await disposable.DisposeAsync();
            }
        }
        return run.Result();
    }
}

/// <summary>What came out of a batch.</summary>
/// <param name="State">The state's text.</param>
/// <param name="Actions">What it sends, in order.</param>
/// <param name="Results">What came out of each operation.</param>
/// <param name="Failures">What its operations threw.</param>
public sealed record EntityResult(
    string? State, IReadOnlyList<EntityAction> Actions, IReadOnlyList<OperationResult> Results, IReadOnlyList<Exception> Failures);

/// <summary>What came out of an operation.</summary>
/// <param name="Text">What it returned, as text.</param>
/// <param name="Failure">What it threw.</param>
public sealed record OperationResult(string? Text, TaskFailureDetails? Failure);

/// <summary>Something that a batch sends.</summary>
public abstract record EntityAction;

/// <summary>A signal to an entity.</summary>
public sealed record SignalAction(EntityInstanceId Target, string Operation, string? Input, DateTimeOffset? At) : EntityAction;

/// <summary>The start of an orchestration.</summary>
public sealed record StartAction(string InstanceId, string Name, string? Input, DateTimeOffset? At) : EntityAction;
