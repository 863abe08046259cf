using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Embedded.Tests.Diagnostics;

/// <summary>Takes what is exported by OTLP over HTTP, and keeps it as it came.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _application;

    private OtlpReceiver(WebApplication application) => _application = application;

    /// <summary>What came: path, type and body.</summary>
    public ConcurrentQueue<(string Path, string? Type, byte[] Body)> Received { get; } = new();

    public Uri Address => new(_application.Urls.Single());

    public static async Task<OtlpReceiver> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        OtlpReceiver receiver = new(builder.Build());
        receiver._application.MapPost("/{**path}", receiver.TakeAsync);
        await receiver._application.StartAsync();
        return receiver;
    }

    /// <summary>Whether something came to a path that holds these bytes.</summary>
    public bool Holds(string path, ReadOnlySpan<byte> bytes)
    {
        foreach ((string Path, string? Type, byte[] Body) one in Received)
        {
            if (one.Path == path && one.Body.AsSpan().IndexOf(bytes) >= 0)
            {
                return true;
            }
        }
        return false;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        Received.Enqueue((context.Request.Path, context.Request.ContentType, body.ToArray()));
        context.Response.ContentType = "application/x-protobuf";
    }
}
