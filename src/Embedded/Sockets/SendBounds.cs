using DurableObjects.Hosting;

namespace DurableObjects.Embedded.Sockets;

/// <summary>What all sockets of the host share, so that slow clients cannot take its memory.</summary>
/// <param name="waitingBytes">Bytes of messages that may wait for clients.</param>
/// <param name="clock">The host's clock.</param>
internal sealed class SendBounds(long waitingBytes, TimeProvider clock)
{
    /// <summary>Messages of up to this size need no window: each connection buffers as much by itself.</summary>
    public const int SmallBytes = ByteBudget.SmallBytes;

    /// <summary>
    /// How long a client may take for one message. With 1 MiB, the longest, that is 280 kbit/s; a connection on which nothing moves
    /// must not keep the others waiting for its place in the window.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long a client that is cut off has to hear why.</summary>
    public static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of large messages that are written at once: enough for dozens of the largest.</summary>
    private const long WindowBytes = 64L * 1_024 * 1_024;

    /// <summary>Bytes of messages that wait, each message once.</summary>
    public ByteBudget Waiting { get; } = new(waitingBytes);

    public SendWindow Window { get; } = new(WindowBytes);

    public TimeProvider Clock { get; } = clock;
}
