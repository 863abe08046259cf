using DurableObjects.Hosting;
using Microsoft.AspNetCore.SignalR;

namespace DurableObjects.Embedded.Sockets;

/// <summary>
/// A message on its way to any number of clients: it is in memory once, serialized once, and counted once for as long as one of
/// them waits for it.
/// </summary>
/// <param name="content">The message as SignalR has it.</param>
/// <param name="bytes">Its length, about.</param>
/// <param name="waiting">Counts the bytes that wait for all clients.</param>
internal sealed class OutgoingMessage(SerializedHubMessage content, long bytes, ByteBudget waiting)
{
    private readonly Lock _lock = new();
    private int _receivers;

    public SerializedHubMessage Content { get; } = content;

    public long Bytes { get; } = bytes;

    /// <summary>One more client waits for it.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            if (_receivers++ == 0)
            {
                waiting.Take(Bytes);
            }
        }
    }

    /// <summary>A client has it, or is gone.</summary>
    public void Drop()
    {
        lock (_lock)
        {
            if (--_receivers == 0)
            {
                waiting.Give(Bytes);
            }
        }
    }
}
