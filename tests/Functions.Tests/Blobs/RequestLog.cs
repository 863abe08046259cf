using System.Net;
using System.Web;

namespace DurableObjects.Functions.Tests.Blobs;

/// <summary>Notes each request that a client of Blob Storage sends, attempts included, and may answer in the storage's place.</summary>
public sealed class RequestLog() : DelegatingHandler(new SocketsHttpHandler())
{
    private readonly Lock _lock = new();
    private readonly List<string> _requests = [];

    /// <summary>Runs before a request is sent: a status that it returns is the answer, and the storage never sees the request.</summary>
    public Func<HttpStatusCode?>? Before { get; set; }

    /// <summary>Runs after a request was answered: what it throws is an answer that got lost.</summary>
    public Action? After { get; set; }

    /// <summary>The requests since this was asked last: <c>GET</c>, <c>PUT block</c>, <c>GET list</c> and so on.</summary>
    public IReadOnlyList<string> Take()
    {
        lock (_lock)
        {
            string[] taken = [.. _requests];
            _requests.Clear();
            return taken;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        string? component = HttpUtility.ParseQueryString(request.RequestUri!.Query)["comp"];
        lock (_lock)
        {
            _requests.Add(component is null ? request.Method.Method : $"{request.Method} {component}");
        }
        if (Before?.Invoke() is { } status)
        {
            return new HttpResponseMessage(status) { RequestMessage = request };
        }
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
        After?.Invoke();
        return response;
    }
}
