using System.Security.Cryptography;
using DurableObjects.Http;

namespace DurableObjects.Embedded;

/// <summary>The secret under which socket tickets are signed.</summary>
internal static class TicketKey
{
    /// <exception cref="InvalidOperationException">The configured one is no base64 of enough bytes.</exception>
    public static byte[] Of(EmbeddedHostOptions options)
    {
        if (string.IsNullOrEmpty(options.TicketKey))
        {
            return RandomNumberGenerator.GetBytes(SocketTickets.KeyBytes);
        }
        byte[] key = new byte[options.TicketKey.Length];
        return Convert.TryFromBase64String(options.TicketKey, key, out int bytes) && bytes >= SocketTickets.KeyBytes
            ? key[..bytes]
            : throw new InvalidOperationException(
                $"{EmbeddedHostOptions.Section}:TicketKey must be base64 of at least {SocketTickets.KeyBytes} bytes.");
    }
}
