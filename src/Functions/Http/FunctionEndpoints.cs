using DurableObjects.Cards;
using DurableObjects.Functions.Calls;
using DurableObjects.Functions.Workflows;
using DurableObjects.Hosting;
using DurableObjects.Http;
using DurableObjects.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Http;

/// <summary>Makes the endpoints of an invocation, which comes with its own way to the entities.</summary>
/// <param name="calls">What the triggers share.</param>
/// <param name="budget">Bytes of requests that this worker may hold.</param>
/// <param name="callers">Knows who asks.</param>
/// <param name="tickets">Signs what clients connect with.</param>
/// <param name="negotiator">Knows where they connect.</param>
/// <param name="probes">What <c>GET /api/health</c> asks.</param>
/// <param name="figures">What <c>GET /api/metrics</c> tells.</param>
/// <param name="cards">Makes the classes' design cards.</param>
/// <param name="workflows">The way to workflows.</param>
/// <param name="sources">Who sends webhooks.</param>
/// <param name="refusals">Counts the webhooks that are refused.</param>
/// <param name="clock">The host's clock.</param>
/// <param name="platform">Where the app runs.</param>
/// <param name="logger">For what goes wrong inside the host.</param>
public sealed class FunctionEndpoints(
    CallServices calls, ByteBudget budget, ICallerResolver callers, SocketTickets tickets, ISocketNegotiator negotiator,
    IEnumerable<IHealthProbe> probes, IFigureSource figures, DesignCards cards, WorkflowClients workflows, WebhookSources sources,
    WebhookRefusals refusals, TimeProvider clock, Platform platform, ILogger<ObjectEndpoints> logger)
{
    /// <summary>Answers a request that the platform has routed to a pattern of <see cref="ObjectRoutes"/>.</summary>
    public Task<IResult> RunAsync(DurableTaskClient client, string pattern, HttpRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ForwardedTarget.Restore(request, platform.IsAppService) is { } refusal
            ? Task.FromResult(refusal)
            : new ObjectEndpoints(
                    calls.HostOf(client), budget, callers, tickets, negotiator, probes, figures, cards, workflows.HostOf(client),
                    sources, refusals, clock, logger)
                .DispatchAsync(pattern, request, cancellation);
    }
}
