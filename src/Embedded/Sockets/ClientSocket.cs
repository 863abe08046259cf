using DurableObjects.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace DurableObjects.Embedded.Sockets;

/// <summary>One client's connection, and what waits to be sent to it, in order.</summary>
/// <param name="connection">SignalR's side of it.</param>
internal sealed class ClientSocket(HubConnectionContext connection)
{
    /// <summary>
    /// Messages that may wait for a client that reads too slowly. Past it the client is cut off: it can reconnect and catch up,
    /// while waiting for it would take the memory of all others.
    /// </summary>
    private const int MaxWaiting = 1_024;

    private readonly Lock _lock = new();
    private readonly Queue<(SerializedHubMessage Message, bool IsLast)> _waiting = new();
    private bool _isSending;

    /// <summary>What the connection was opened with, once that has been checked.</summary>
    public SocketTicket? Ticket { get; set; }

    public void Send(SerializedHubMessage message) => Enqueue(message, isLast: false);

    /// <summary>Closes the connection behind what was sent before; the client gets the reason as the error of its close.</summary>
    public void Close(string reason, bool mayReconnect) => Enqueue(
        new SerializedHubMessage(new CloseMessage(reason.Length == 0 ? null : reason, mayReconnect)), isLast: true);

    private void Enqueue(SerializedHubMessage message, bool isLast)
    {
        lock (_lock)
        {
            if (_waiting.Count >= MaxWaiting)
            {
                connection.Abort();
                return;
            }
            _waiting.Enqueue((message, isLast));
            if (_isSending)
            {
                return;
            }
            _isSending = true;
        }
        _ = SendAllAsync();
    }

    private async Task SendAllAsync()
    {
        while (true)
        {
            (SerializedHubMessage Message, bool IsLast) next;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _isSending = false;
                    return;
                }
            }
            // Does not throw for a connection that is gone: SignalR takes note of it and drops the message.
            await connection.WriteAsync(next.Message);
            if (next.IsLast)
            {
                connection.Abort();
            }
        }
    }
}
