using System.Net;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>
/// Keeps a host without an API key to this machine and to its user. The address it listens on is not enough: any web page that
/// the user opens may send requests to loopback, under its own origin or, by DNS rebinding, under its own host name.
/// </summary>
public static class LoopbackGuard
{
    private const string FetchSite = "Sec-Fetch-Site";

    /// <summary>
    /// Lets a request pass whose connection ends on loopback, whose <c>Host</c> is loopback, and which no page of another
    /// site sent: its <c>Origin</c>, if it has one, is loopback, and without one its <c>Sec-Fetch-Site</c> is not another site.
    /// </summary>
    /// <exception cref="DurableObjectException">It is none of these (403). The text says to configure an API key.</exception>
    public static void Check(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        // A connection without an address never left the process, or came through a socket in the file system.
        if (request.HttpContext.Connection.LocalIpAddress is { } local && !IPAddress.IsLoopback(local))
        {
            throw Refused($"arrived at {local}");
        }
        if (!IsLoopback(request.Host.Host))
        {
            throw Refused($"is for the host '{request.Host.Host}'");
        }
        if (request.Headers.Origin is { Count: > 0 } origins)
        {
            string origin = origins.ToString();
            if (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) || !IsLoopback(uri.Host))
            {
                throw Refused($"was sent by a page of '{origin}'");
            }
        }
        else if (request.Headers.TryGetValue(FetchSite, out var site) && site.ToString() is "cross-site" or "same-site")
        {
            // Images, links and plain GETs carry no origin, yet may reach an object's own fetch handler.
            throw Refused("was sent by a page of another site");
        }
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.AsSpan().Trim("[]"), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static DurableObjectException Refused(string why) => new(
        403, ErrorCodes.Forbidden,
        $"Without an API key this host serves only its own machine, under localhost; the request {why}. "
        + $"Configure an API key and send it as {ApiKeyCallers.Header}.");
}
