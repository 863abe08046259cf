using System.Collections.Frozen;

namespace DurableObjects.Http;

/// <summary>
/// Headers that belong to one connection and not to the message (RFC 9110, section 7.6.1), and <c>Content-Length</c>, which the
/// server knows better. They pass in neither direction.
/// </summary>
internal static class ConnectionHeaders
{
    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Content-Length", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
        "TE", "Trailer", "Transfer-Encoding", "Upgrade");

    public static bool Contains(string name) => Names.Contains(name);
}
