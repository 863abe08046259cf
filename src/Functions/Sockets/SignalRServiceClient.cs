using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace DurableObjects.Functions.Sockets;

/// <summary>
/// SignalR Service by its REST API (version 2022-06-01). What may pass (429, 5xx, no answer in time) is tried again with growing
/// waits, up to <see cref="Attempts"/> times; everything else fails at once.
/// </summary>
/// <param name="endpoint">Where the service is.</param>
/// <param name="keys">What requests are authorized with.</param>
/// <param name="http">Sends the requests.</param>
/// <param name="clock">The host's clock.</param>
internal sealed class SignalRServiceClient(SignalREndpoint endpoint, SignalRKeys keys, HttpClient http, TimeProvider clock) : ISignalRService
{
    /// <summary>How often a request is sent at most.</summary>
    public const int Attempts = 4;

    private const string ApiVersion = "api-version=2022-06-01";
    private const string Hub = "/api/hubs/" + SocketHub.Name;

    /// <summary>How long the service may take for an answer. It answers within milliseconds, or is in trouble.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The wait before the second attempt; each later one is twice as long.</summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait that the service may ask for with Retry-After and still be asked again.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public Task<bool> SendAsync(string connectionId, SignalRMessage message, CancellationToken cancellation) =>
        AskAsync(new Request("send to a connection", HttpMethod.Post, $"{Hub}/connections/{Escape(connectionId)}/:send")
        {
            Body = message.Body,
            MayBeGone = true,
        }, cancellation);

    /// <inheritdoc/>
    public Task SendToGroupAsync(string group, IEnumerable<string> except, SignalRMessage message, CancellationToken cancellation)
    {
        StringBuilder query = new();
        foreach (string connectionId in except)
        {
            query.Append(CultureInfo.InvariantCulture, $"&excluded={Escape(connectionId)}");
        }
        return AskAsync(new Request("send to a group", HttpMethod.Post, $"{Hub}/groups/{Escape(group)}/:send")
        {
            Query = query.ToString(),
            Body = message.Body,
        }, cancellation);
    }

    /// <inheritdoc/>
    public Task<bool> JoinAsync(string group, string connectionId, CancellationToken cancellation) =>
        AskAsync(
            new Request(
                "put a connection into its group", HttpMethod.Put, $"{Hub}/groups/{Escape(group)}/connections/{Escape(connectionId)}")
            {
                MayBeGone = true,
            },
            cancellation);

    /// <inheritdoc/>
    public Task<bool> CloseAsync(string connectionId, string reason, CancellationToken cancellation) =>
        AskAsync(new Request("close a connection", HttpMethod.Delete, $"{Hub}/connections/{Escape(connectionId)}")
        {
            Query = reason.Length == 0 ? "" : $"&reason={Escape(Shorten(reason))}",
            MayBeGone = true,
        }, cancellation);

    /// <inheritdoc/>
    public async Task<bool> IsHealthyAsync(CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage response =
                await SendAsync(new Request("say how it is", HttpMethod.Head, "/api/health"), cancellation);
            return response.IsSuccessStatusCode;
        }
        catch (Exception error) when (SignalRFailedException.IsOfTheWay(error, cancellation))
        {
            return false;
        }
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);

    /// <summary>A reason stands in the URL, and is meant for people.</summary>
    private static string Shorten(string reason)
    {
        const int most = 1_000;
        if (reason.Length <= most)
        {
            return reason;
        }
        int end = char.IsHighSurrogate(reason[most - 1]) ? most - 1 : most;
        return string.Concat(reason.AsSpan(0, end), "…");
    }

    private async Task<bool> AskAsync(Request ask, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            TimeSpan wait = FirstWait * (1 << (attempt - 1));
            try
            {
                using HttpResponseMessage response = await SendAsync(ask, cancellation);
                if (response.IsSuccessStatusCode)
                {
                    return true;
                }
                if (response.StatusCode == HttpStatusCode.NotFound && ask.MayBeGone)
                {
                    return false;
                }
                TimeSpan asked = WaitAskedFor(response);
                if (!MayPass(response.StatusCode) || attempt == Attempts || asked > LongestWait)
                {
                    throw new SignalRFailedException(ask.What, response.StatusCode);
                }
                wait = asked > wait ? asked : wait;
            }
            catch (Exception error) when (SignalRFailedException.IsOfTheWay(error, cancellation))
            {
                if (attempt == Attempts)
                {
                    throw new SignalRFailedException(ask.What, error);
                }
            }
            await Task.Delay(wait, clock, cancellation);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Request ask, CancellationToken cancellation)
    {
        string path = $"{ask.Path}?{ApiVersion}";
        using CancellationTokenSource patience = new(Patience, clock);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        using HttpRequestMessage request = new(ask.Method, At(endpoint.Server, path + ask.Query));
        // The audience has the version and no other parameter, as the service's own library does it.
        request.Headers.Authorization = await keys.AuthorizationAsync(At(endpoint.Service, path), both.Token);
        if (ask.Body is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") },
            };
        }
        return await http.SendAsync(request, both.Token);
    }

    private static string At(Uri address, string path) => address.AbsoluteUri.TrimEnd('/') + path;

    private static bool MayPass(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)status >= 500;

    private TimeSpan WaitAskedFor(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - clock.GetUtcNow(),
        _ => TimeSpan.Zero,
    };

    private sealed record Request(string What, HttpMethod Method, string Path)
    {
        public string Query { get; init; } = "";

        public ReadOnlyMemory<byte>? Body { get; init; }

        /// <summary>Whether 404 says that the connection is gone, which is nobody's failure.</summary>
        public bool MayBeGone { get; init; }
    }
}
