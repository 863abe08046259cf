using System.Net;
using System.Net.Sockets;

namespace DurableObjects.Entities;

/// <summary>
/// Keeps requests whose URLs callers choose (server-side request forgery) to addresses that anybody could reach. It looks at the address
/// that is connected to, at every connection: a name may resolve to anything, another time to something else, and a redirect lead anywhere.
/// </summary>
public static class PublicAddress
{
    /// <summary>
    /// What is not globally reachable by the registries of special-purpose addresses (IANA; RFC 6890), multicast and reserved addresses,
    /// and the one at which Azure's platform answers its own machines.
    /// </summary>
    private static readonly IPNetwork[] NotPublic4 =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32",
        ]).Select(text => IPNetwork.Parse(text)),
    ];

    /// <summary>All that is given out to be reached (RFC 4291, 2.4) …</summary>
    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");

    /// <summary>… but for protocols' own, documentation, and tunnels that lead on to addresses of version 4.</summary>
    private static readonly IPNetwork[] NotPublic6 =
        [.. ((string[])["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]).Select(text => IPNetwork.Parse(text))];

    /// <summary>Addresses of version 4 behind a translator (RFC 6052).</summary>
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Whether an address is one that anybody could reach.</summary>
    public static bool Is(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
        {
            return Is(address.MapToIPv4());
        }
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !NotPublic4.Any(network => network.Contains(address));
        }
        return Translated.Contains(address)
            ? Is(new IPAddress(address.GetAddressBytes().AsSpan(12)))
            : Global6.Contains(address) && !NotPublic6.Any(network => network.Contains(address));
    }

    /// <summary>Connects to where a name leads.</summary>
    /// <param name="target">Name or address, and port.</param>
    /// <param name="allowsPrivate">Whether to connect to addresses that are not public, too.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="HttpRequestException">None of its addresses may be connected to.</exception>
    public static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, bool allowsPrivate, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(target);
        IPAddress[] addresses = IPAddress.TryParse(target.Host, out IPAddress? address)
            ? [address]
            : await Dns.GetHostAddressesAsync(target.Host, cancellation);
        IPAddress[] allowed = [.. addresses.Where(one => allowsPrivate || Is(one))];
        if (allowed.Length == 0)
        {
            throw new HttpRequestException(
                $"'{target.Host}' leads to no public address; {PollActivity.AllowPrivateAddresses} would allow others.");
        }
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, target.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
