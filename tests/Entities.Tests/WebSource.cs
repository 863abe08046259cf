using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Entities.Tests;

/// <summary>A real web server on a free port, which answers as a test says and remembers what it was asked.</summary>
public sealed class WebSource : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebSource(WebApplication app) => _app = app;

    public Func<HttpContext, Task> Answer { get; set; } = context => context.Response.WriteAsync("[]");

    public ConcurrentQueue<IHeaderDictionary> Requests { get; } = [];

    public string Url => _app.Urls.Single();

    public static async Task<WebSource> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebSource source = new(builder.Build());
        source._app.Run(context =>
        {
            source.Requests.Enqueue(new HeaderDictionary(context.Request.Headers.ToDictionary(one => one.Key, one => one.Value)));
            return source.Answer(context);
        });
        await source._app.StartAsync();
        return source;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
