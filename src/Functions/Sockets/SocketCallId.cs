using System.Security.Cryptography;
using System.Text;

namespace DurableObjects.Functions.Sockets;

/// <summary>The ids under which what happens to a connection is delivered, so that it happens once.</summary>
public static class SocketCallId
{
    /// <summary>The id of a connection's opening: SignalR Service, or a message that was faster, may report it again.</summary>
    public static Guid OfOpening(string connectionId) => Of("opened", connectionId);

    /// <summary>The id of a connection's end.</summary>
    public static Guid OfClosing(string connectionId) => Of("closed", connectionId);

    private static Guid Of(string what, string connectionId) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{what}\0{connectionId}")).AsSpan(0, 16));
}
