using System.Globalization;
using DurableObjects.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace DurableObjects.Embedded.Sockets;

/// <summary>
/// One client's connection, and what waits to be sent to it, in order. A client that reads too slowly is cut off: it can reconnect
/// and catch up, while waiting for it would take the memory of all others.
/// </summary>
/// <param name="write">Writes to the connection; ends when the client, or a buffer in between, has taken it. Does not throw.</param>
/// <param name="abort">Closes the connection at once.</param>
/// <param name="bounds">What all sockets share.</param>
internal sealed class ClientSocket(Func<SerializedHubMessage, ValueTask> write, Action abort, SendBounds bounds)
{
    private readonly Lock _lock = new();
    private readonly Queue<(OutgoingMessage Message, bool IsLast)> _waiting = new();
    private long _waitingBytes;
    private bool _isSending;
    private bool _isClosing;
    private ITimer? _lastTimer;

    /// <summary>What the connection was opened with, once that has been checked.</summary>
    public SocketTicket? Ticket { get; set; }

    /// <summary>Sends behind what was sent before, or cuts the client off if too much waits for it.</summary>
    public void Send(OutgoingMessage message)
    {
        lock (_lock)
        {
            if (_isClosing)
            {
                return;
            }
            if (Excess(message) is { } excess)
            {
                CutOff(excess);
            }
            else
            {
                Enqueue(message, isLast: false);
            }
            if (!StartSending())
            {
                return;
            }
        }
        _ = SendAllAsync();
    }

    /// <summary>Closes the connection behind what was sent before; the client gets the reason as the error of its close.</summary>
    public void Close(string reason, bool mayReconnect)
    {
        lock (_lock)
        {
            if (_isClosing)
            {
                return;
            }
            _isClosing = true;
            Enqueue(CloseMessage(reason, mayReconnect), isLast: true);
            if (!StartSending())
            {
                return;
            }
        }
        _ = SendAllAsync();
    }

    /// <summary>The connection is gone: nothing is sent any more.</summary>
    public void Gone()
    {
        lock (_lock)
        {
            _isClosing = true;
            DropWaiting();
            _lastTimer?.Dispose();
        }
    }

    /// <summary>What is too much if the message waits as well.</summary>
    private string? Excess(OutgoingMessage message)
    {
        if (_waiting.Count >= Limits.SocketWaitingMessages)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{_waiting.Count:N0} messages wait for it, which is the limit");
        }
        // Whoever has taken all that was sent before is not slow, whatever the others are.
        if (_waitingBytes == 0)
        {
            return null;
        }
        if (_waitingBytes + message.Bytes > Limits.SocketWaitingBytes)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"{_waitingBytes:N0} bytes wait for it; the limit is {Limits.SocketWaitingBytes:N0}");
        }
        return bounds.Waiting.Held + message.Bytes > bounds.Waiting.Limit
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{bounds.Waiting.Held:N0} bytes wait for all clients of the host; the limit is {bounds.Waiting.Limit:N0}")
            : null;
    }

    private void CutOff(string excess)
    {
        _isClosing = true;
        DropWaiting();
        Enqueue(CloseMessage($"The client reads too slowly: {excess}.", mayReconnect: true), isLast: true);
        // It may take the reason yet, if it reads at all.
        _lastTimer = bounds.Clock.CreateTimer(_ => abort(), null, SendBounds.LastPatience, Timeout.InfiniteTimeSpan);
    }

    private OutgoingMessage CloseMessage(string reason, bool mayReconnect) => new(
        new SerializedHubMessage(new CloseMessage(reason.Length == 0 ? null : reason, mayReconnect)), reason.Length, bounds.Waiting);

    private void Enqueue(OutgoingMessage message, bool isLast)
    {
        message.Hold();
        _waitingBytes += message.Bytes;
        _waiting.Enqueue((message, isLast));
    }

    /// <summary>Drops what waits, but for what is being written.</summary>
    private void DropWaiting()
    {
        while (_waiting.TryDequeue(out (OutgoingMessage Message, bool IsLast) dropped))
        {
            _waitingBytes -= dropped.Message.Bytes;
            dropped.Message.Drop();
        }
    }

    private bool StartSending()
    {
        bool mustStart = !_isSending && _waiting.Count > 0;
        _isSending |= mustStart;
        return mustStart;
    }

    private async Task SendAllAsync()
    {
        while (true)
        {
            OutgoingMessage message;
            bool isLast;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out (OutgoingMessage Message, bool IsLast) next))
                {
                    _isSending = false;
                    return;
                }
                (message, isLast) = next;
            }
            await SendAsync(message);
            lock (_lock)
            {
                _waitingBytes -= message.Bytes;
            }
            message.Drop();
            if (isLast)
            {
                abort();
                lock (_lock)
                {
                    _lastTimer?.Dispose();
                }
            }
        }
    }

    private async ValueTask SendAsync(OutgoingMessage message)
    {
        if (message.Bytes <= SendBounds.SmallBytes)
        {
            await WriteAsync(message);
            return;
        }
        await bounds.Window.EnterAsync(message.Bytes);
        try
        {
            await WriteAsync(message);
        }
        finally
        {
            bounds.Window.Leave(message.Bytes);
        }
    }

    private async ValueTask WriteAsync(OutgoingMessage message)
    {
        ValueTask written = write(message.Content);
        if (written.IsCompletedSuccessfully)
        {
            return;
        }
        await using ITimer timer = bounds.Clock.CreateTimer(_ => abort(), null, SendBounds.Patience, Timeout.InfiniteTimeSpan);
        await written;
    }
}
