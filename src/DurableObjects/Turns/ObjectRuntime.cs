using DurableObjects.History;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Turns;

/// <summary>
/// Makes activations and readers of objects: the entrance to the model for a host, which brings databases to their heads, hands
/// in turns, makes commits durable and carries out effects.
/// </summary>
/// <param name="classes">The object classes.</param>
/// <param name="services">Where objects' dependencies come from, in a scope for each instance.</param>
/// <param name="clock">The model's clock.</param>
/// <param name="loggers">Where logs go; the category is <c>DurableObjects.</c> and the class's name.</param>
/// <param name="options">What a host may set.</param>
public sealed class ObjectRuntime(
    ObjectClasses classes, IServiceProvider services, TimeProvider clock, ILoggerFactory loggers, ObjectRuntimeOptions options)
{
    /// <summary>The object classes.</summary>
    public ObjectClasses Classes { get; } = classes;

    /// <summary>The model's clock.</summary>
    public TimeProvider Clock { get; } = clock;

    /// <summary>What the host has set.</summary>
    public ObjectRuntimeOptions Options { get; } = options;

    internal IServiceProvider Services { get; } = services;

    /// <summary>Opens an object for turns.</summary>
    /// <param name="address">The object.</param>
    /// <param name="databasePath">
    /// Its database file, at the summary's head: made by <see cref="DatabaseFile"/>, or left by an earlier activation.
    /// </param>
    /// <param name="summary">What the last commit said of the object; its <see cref="ObjectSummary.RestoreTo"/> is not set.</param>
    /// <param name="history">
    /// The object's past, including every commit of the summary's head and before by the time that it is asked; null if the host
    /// keeps none.
    /// </param>
    public ObjectActivation Activate(
        ObjectAddress address, string databasePath, ObjectSummary summary, IObjectHistory? history = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(summary);
        return new ObjectActivation(this, Classes.Get(address.ClassName), address, databasePath, summary, history);
    }

    /// <summary>
    /// Returns an object to the commit that <see cref="ObjectSummary.RestoreTo"/> names, in place in its closed database. To be made
    /// durable and carried out like the outcome of a turn, before the object's next one.
    /// </summary>
    /// <param name="address">The object.</param>
    /// <param name="databasePath">Its database file, at the summary's head, closed.</param>
    /// <param name="summary">What the last commit said of the object.</param>
    /// <param name="history">The object's past.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="Exception">
    /// Anything: the file is of no use then. Bring it to its head again, activate the object and give it a <see cref="RestoreFailedTurn"/>.
    /// </exception>
    public Task<TurnOutcome> RestoreAsync(
        ObjectAddress address, string databasePath, ObjectSummary summary, IObjectHistory history, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(history);
        return new DatabaseRestore(this, address, databasePath, summary, history).RunAsync(cancellation);
    }

    /// <summary>Opens an object's database for reading. It may be open for turns at the same time.</summary>
    public ObjectReader OpenReader(ObjectAddress address, string databasePath)
    {
        ArgumentNullException.ThrowIfNull(address);
        return new ObjectReader(this, Classes.Get(address.ClassName), address, databasePath);
    }

    internal ILogger Logger(ObjectClass objectClass) => loggers.CreateLogger($"DurableObjects.{objectClass.Name}");
}
