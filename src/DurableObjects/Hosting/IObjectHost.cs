using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Hosting;

/// <summary>What a host offers to those outside of objects: endpoints, typed stubs, tests.</summary>
public interface IObjectHost
{
    /// <summary>The object classes that the host serves.</summary>
    ObjectClasses Classes { get; }

    /// <summary>
    /// Gives an object a turn. The answer comes when every commit that the turn could have seen is durable; a call of a method
    /// marked read-only runs on a reader. A handler's error is in the answer.
    /// </summary>
    /// <param name="address">The object.</param>
    /// <param name="turn">The turn.</param>
    /// <param name="cancellation">Ends the waiting, not the turn.</param>
    /// <exception cref="DurableObjectException">The host could not run the turn: overloaded, stopping, a failed commit.</exception>
    Task<Answer> RunAsync(ObjectAddress address, Turn turn, CancellationToken cancellation);

    /// <summary>What is known of an object that exists; null if it does not.</summary>
    Task<ObjectEntry?> FindAsync(ObjectAddress address, CancellationToken cancellation);

    /// <summary>The objects of a class that exist, in the order of their keys' characters (ordinal).</summary>
    /// <param name="className">The class.</param>
    /// <param name="prefix">Only keys that start with this; empty for all.</param>
    /// <param name="after">Only keys after this one, the last of the page before; null for the first page.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    Task<IReadOnlyList<ObjectEntry>> ListAsync(
        string className, string prefix, string? after, int limit, CancellationToken cancellation);

    /// <summary>An object's past, whether it exists now or has ended; null if it has none.</summary>
    Task<IObjectHistory?> HistoryAsync(ObjectAddress address, CancellationToken cancellation);

    /// <summary>Ends an object and removes its history with it, which nothing brings back.</summary>
    /// <exception cref="DurableObjectException">It does not exist (404).</exception>
    Task PurgeAsync(ObjectAddress address, CancellationToken cancellation);
}
