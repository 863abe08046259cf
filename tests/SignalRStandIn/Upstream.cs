using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DurableObjects.SignalRStandIn;

/// <summary>Calls the app for each event, with the headers and bodies of the service's serverless protocol.</summary>
internal sealed partial class Upstream(StandInOptions options, HttpClient http, ILogger<Upstream> logger)
{
    private static readonly string[] SystemClaims = ["aud", "exp", "iat", "nbf", "iss"];

    /// <summary>Where events go. Set once the app listens, where it is started after the stand-in.</summary>
    public string? Template { get; set; } = options.Upstream;

    public Task ConnectedAsync(ClientConnection connection) =>
        TellAsync(connection, "connections", "connected", new { type = 10 });

    public Task DisconnectedAsync(ClientConnection connection, string? error) =>
        TellAsync(connection, "connections", "disconnected", new { type = 11, error });

    /// <summary>Hands over an invocation, and the client what came of it if it waits for that.</summary>
    public async Task InvokedAsync(ClientConnection connection, string target, string? invocationId, ReadOnlyMemory<byte> invocation)
    {
        (int status, byte[] body) = await CallAsync(connection, "messages", target, invocation.ToArray());
        if (invocationId is null)
        {
            return;
        }
        if (status == 200 && body.Length > 0)
        {
            await connection.SendRawAsync(body);
        }
        else
        {
            await connection.SendAsync(new { type = 3, invocationId, error = $"Invocation failed, status code {status}" });
        }
    }

    private async Task TellAsync(ClientConnection connection, string category, string @event, object body)
    {
        (int status, _) = await CallAsync(connection, category, @event, JsonSerializer.SerializeToUtf8Bytes(body));
        if (status is < 200 or > 299)
        {
            NotTaken(@event, status);
        }
    }

    private async Task<(int Status, byte[] Body)> CallAsync(ClientConnection connection, string category, string @event, byte[] body)
    {
        if (Template is not { } template)
        {
            return (404, []);
        }
        string url = template
            .Replace("{hub}", connection.Hub, StringComparison.Ordinal)
            .Replace("{category}", category, StringComparison.Ordinal)
            .Replace("{event}", Uri.EscapeDataString(@event), StringComparison.Ordinal);
        using HttpRequestMessage request = new(HttpMethod.Post, url);
        request.Headers.Add("X-ASRS-Connection-Id", connection.Id);
        request.Headers.Add("X-ASRS-Hub", connection.Hub);
        request.Headers.Add("X-ASRS-Category", category);
        request.Headers.Add("X-ASRS-Event", @event);
        request.Headers.Add("X-ASRS-Signature", Signature(connection.Id));
        request.Headers.Add("X-ASRS-User-Claims", string.Join(", ", connection.Claims
            .Where(claim => !SystemClaims.Contains(claim.Key) && !claim.Key.StartsWith("asrs.s.", StringComparison.Ordinal))
            .Select(claim => $"{claim.Key}: {claim.Value}")));
        request.Headers.Add("X-ASRS-Client-Query", connection.Query);
        if (connection.Claims.TryGetValue("nameid", out string? user))
        {
            request.Headers.Add("X-ASRS-User-Id", user);
        }
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        try
        {
            using HttpResponseMessage response = await http.SendAsync(request);
            return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or FormatException)
        {
            NotReached(error, @event);
            return (502, []);
        }
    }

    private string Signature(string connectionId)
    {
        IEnumerable<string> keys = options.SecondaryKey is null ? [options.AccessKey] : [options.AccessKey, options.SecondaryKey];
        return string.Join(',', keys.Select(key => "sha256=" + Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(connectionId)))));
    }

    [LoggerMessage(1, LogLevel.Warning, "The app answered {Event} with {Status}.")]
    private partial void NotTaken(string @event, int status);

    [LoggerMessage(2, LogLevel.Warning, "The app could not be reached for {Event}.")]
    private partial void NotReached(Exception error, string @event);
}
