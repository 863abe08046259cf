using DurableObjects.Turns;
using DurableObjects.Workflows;
using Microsoft.Extensions.Logging;

namespace DurableObjects;

/// <summary>
/// What the runtime gives an instance. It works during the instance's own turns and nowhere else: used before the first turn,
/// between turns, from work that outlived its turn, or after the turn was abandoned, it throws.
/// </summary>
public sealed class ObjectContext
{
    private readonly TurnGuard _guard;

    internal ObjectContext(
        ObjectAddress address, TurnGuard guard, ObjectStorage storage, ObjectSockets sockets, ObjectSignals objects,
        TimeProvider clock, ILogger logger)
    {
        Address = address;
        _guard = guard;
        Storage = storage;
        Sockets = sockets;
        Objects = objects;
        Workflows = new ObjectWorkflows(objects, address);
        Clock = clock;
        Logger = logger;
    }

    /// <summary>The object's class, id and name.</summary>
    public ObjectAddress Address { get; }

    /// <summary>The object's id.</summary>
    public ObjectId Id => Address.Id;

    /// <summary>The name that the object was addressed by when it was made, or null if it has a unique id.</summary>
    public string? Name => Address.Name;

    /// <summary>The object's private storage.</summary>
    public ObjectStorage Storage { get; }

    /// <summary>The sockets that clients have open to this object.</summary>
    public ObjectSockets Sockets { get; }

    /// <summary>Other objects, to be signalled. Objects do not wait for each other.</summary>
    public ObjectSignals Objects { get; }

    /// <summary>Workflows, to be started and steered. Objects do not wait for them; they are told of their ends.</summary>
    public ObjectWorkflows Workflows { get; }

    /// <summary>Who asked for the running turn.</summary>
    public Caller Caller => _guard.Current.Caller;

    /// <summary>Ends when the running turn is abandoned: past its deadline, or because the host stops at once.</summary>
    public CancellationToken CancellationToken => _guard.Current.Abandoned;

    /// <summary>The model's clock. Use it instead of <see cref="DateTime.UtcNow"/>.</summary>
    public TimeProvider Clock { get; }

    /// <summary>The time by the model's clock, in UTC.</summary>
    public DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>A logger whose category is the class.</summary>
    public ILogger Logger { get; }
}
