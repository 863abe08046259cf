using DurableObjects.DurableEngine;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.SignalRStandIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DurableObjects.FunctionsHost;

/// <summary>
/// <c>GET /figures</c>: what the platform would charge for, counted since the start, for who wants to know what an operation costs.
/// <c>quiet</c> says whether everything that was set going has ended.
/// </summary>
internal sealed class EngineFigures(TaskHub hub, MemoryBlobContainer blobs, StandIn signalR)
{
    private const string Path = "/figures";

    /// <summary>What comes later than this, such as an alarm or the last look at an outbox a minute later, is not waited for.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private long _triggers;
    private long _running;

    /// <summary>Counts the executions of triggers, of HTTP and of sockets.</summary>
    public void CountExecutions(IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.Request.Path.StartsWithSegments(Path, StringComparison.Ordinal))
        {
            await next(context);
            return;
        }
        Interlocked.Increment(ref _triggers);
        Interlocked.Increment(ref _running);
        try
        {
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    });

    /// <summary>Answers with the figures.</summary>
    public void Map(IEndpointRouteBuilder routes, LiveHub live) => routes.MapGet(Path, () =>
    {
        HubFigures total = hub.Total;
        return Results.Json(new
        {
            quiet = Interlocked.Read(ref _running) == 0 && live.IsQuiet(Soon),
            entityOperations = total.Operations,
            executions = Interlocked.Read(ref _triggers) + total.Batches + total.Runs + total.Activities,
            triggers = Interlocked.Read(ref _triggers),
            runs = total.Runs,
            activities = total.Activities,
            messages = signalR.Messages,
            blobs = Enum.GetValues<BlobOperation>().Sum(blobs.Requests),
        });
    });
}
