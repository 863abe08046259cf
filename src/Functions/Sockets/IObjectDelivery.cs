using DurableObjects.Turns;

namespace DurableObjects.Functions.Sockets;

/// <summary>The way from a trigger to an object's entity.</summary>
public interface IObjectDelivery
{
    /// <summary>Hands the turn over; ends when it cannot be lost any more. Whether the object takes it is not waited for.</summary>
    ValueTask SendAsync(SocketDelivery delivery, CancellationToken cancellation);

    /// <summary>Hands the turn over and waits for its answer, which is there once the turn has committed.</summary>
    /// <exception cref="DurableObjectException">No answer came in time (504). The turn may yet run.</exception>
    ValueTask<Answer> CallAsync(SocketDelivery delivery, CancellationToken cancellation);

    /// <summary>The answer that the object wants given for it to one text, as of its last commit, or null.</summary>
    ValueTask<AutoResponse?> AutoResponseAsync(ObjectAddress address, CancellationToken cancellation);
}
