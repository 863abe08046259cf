namespace DurableObjects.Functions.Sockets;

/// <summary>What the host asks of SignalR Service. Each method ends when the service has taken it over, after retries within bounds.</summary>
internal interface ISignalRService
{
    /// <summary>Sends to one connection.</summary>
    /// <returns>Whether the connection was there; the service does not always say.</returns>
    /// <exception cref="SignalRFailedException">The service did not take it.</exception>
    Task<bool> SendAsync(string connectionId, SignalRMessage message, CancellationToken cancellation);

    /// <summary>Sends to every connection of a group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="except">Connections that do not get it; they stand in the URL, so a hundred at most.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="SignalRFailedException">The service did not take it.</exception>
    Task SendToGroupAsync(string group, IEnumerable<string> except, SignalRMessage message, CancellationToken cancellation);

    /// <summary>Puts a connection into a group, for as long as it lasts.</summary>
    /// <returns>Whether the connection was there.</returns>
    /// <exception cref="SignalRFailedException">The service did not do it.</exception>
    Task<bool> JoinAsync(string group, string connectionId, CancellationToken cancellation);

    /// <summary>Closes a connection; its client gets the reason as the error of its close.</summary>
    /// <returns>Whether the connection was there.</returns>
    /// <exception cref="SignalRFailedException">The service did not do it.</exception>
    Task<bool> CloseAsync(string connectionId, string reason, CancellationToken cancellation);

    /// <summary>Whether the service answers and says that it is well. Asked once.</summary>
    Task<bool> IsHealthyAsync(CancellationToken cancellation);
}
