using DurableObjects.Cards;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using DurableObjects.Webhooks;
using DurableObjects.Workflows;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Http;

/// <summary>
/// The endpoints, one method for each line of <see cref="ObjectRoutes"/>. Every one authenticates and authorizes its caller and
/// answers whatever happens: it throws nothing. Parameters are route values as routing gives them, not decoded further.
/// </summary>
public sealed class ObjectEndpoints
{
    private readonly EndpointGate _gate;
    private readonly CallEndpoint _calls;
    private readonly FetchEndpoint _fetches;
    private readonly ListingEndpoint _listing;
    private readonly ObjectEndpoint _objects;
    private readonly RecoveryEndpoint _recovery;
    private readonly NegotiateEndpoint _sockets;
    private readonly HealthEndpoint _health;
    private readonly MetricsEndpoint _metrics;
    private readonly CardEndpoint _cards;
    private readonly WorkflowEndpoint _workflows;
    private readonly WebhookEndpoint _webhooks;

    /// <summary>The endpoints of a host.</summary>
    /// <param name="host">Has the objects.</param>
    /// <param name="budget">Bytes of requests that the host may hold; taken while bodies are read.</param>
    /// <param name="callers">Knows who asks.</param>
    /// <param name="tickets">Signs what clients connect with.</param>
    /// <param name="negotiator">Knows where they connect.</param>
    /// <param name="probes">What <c>GET /api/health</c> asks.</param>
    /// <param name="figures">What <c>GET /api/metrics</c> tells.</param>
    /// <param name="cards">Makes the classes' design cards.</param>
    /// <param name="workflows">Has the workflows.</param>
    /// <param name="sources">Who sends webhooks.</param>
    /// <param name="refusals">Counts the webhooks that are refused.</param>
    /// <param name="clock">For how long a request waits for a workflow's end.</param>
    /// <param name="logger">For what goes wrong inside the host.</param>
    public ObjectEndpoints(
        IObjectHost host, ByteBudget budget, ICallerResolver callers, SocketTickets tickets, ISocketNegotiator negotiator,
        IEnumerable<IHealthProbe> probes, IFigureSource figures, DesignCards cards, IWorkflowHost workflows, WebhookSources sources,
        WebhookRefusals refusals, TimeProvider clock, ILogger<ObjectEndpoints> logger)
    {
        RequestBody bodies = new(budget);
        _gate = new EndpointGate(callers, logger);
        _calls = new CallEndpoint(host, bodies);
        _fetches = new FetchEndpoint(host, bodies);
        _listing = new ListingEndpoint(host);
        _objects = new ObjectEndpoint(host);
        _recovery = new RecoveryEndpoint(host, bodies);
        _sockets = new NegotiateEndpoint(host, tickets, negotiator);
        _health = new HealthEndpoint(probes, logger);
        _metrics = new MetricsEndpoint(host, figures, refusals);
        _cards = new CardEndpoint(host, figures, cards);
        _workflows = new WorkflowEndpoint(workflows, bodies, clock);
        _webhooks = new WebhookEndpoint(host, new WebhookIntake(sources, refusals, host, clock), bodies, clock);
    }

    /// <summary><see cref="ObjectRoutes.Classes"/></summary>
    public Task<IResult> ClassesAsync(HttpRequest request, CancellationToken cancellation) =>
        _gate.RunAsync(ObjectRoutes.Classes, request, caller => _listing.ClassesAsync(), cancellation);

    /// <summary><see cref="ObjectRoutes.List"/></summary>
    public Task<IResult> ListAsync(HttpRequest request, string className, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.List, request,
            caller => request.Flag("metrics") ? _metrics.OfClassAsync(className)
                : request.Flag("card") ? _cards.OfClassAsync(className, cancellation)
                : _listing.ObjectsAsync(request, className, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.Create"/></summary>
    public Task<IResult> CreateAsync(HttpRequest request, string className, CancellationToken cancellation) =>
        _gate.RunAsync(ObjectRoutes.Create, request, caller => _objects.CreateAsync(request, className), cancellation);

    /// <summary><see cref="ObjectRoutes.Describe"/></summary>
    public Task<IResult> DescribeAsync(HttpRequest request, string className, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.Describe, request,
            caller => _objects.DescribeAsync(request, className, key, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.Delete"/></summary>
    public Task<IResult> DeleteAsync(HttpRequest request, string className, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.Delete, request,
            caller => _objects.DeleteAsync(request, className, key, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.Call"/></summary>
    public Task<IResult> CallAsync(
        HttpRequest request, string className, string key, string method, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.Call, request,
            caller => _calls.CallAsync(request, className, key, method, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.Read"/></summary>
    public Task<IResult> ReadAsync(
        HttpRequest request, string className, string key, string method, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.Read, request,
            caller => _calls.ReadAsync(request, className, key, method, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.Fetch"/></summary>
    public Task<IResult> FetchAsync(
        HttpRequest request, string className, string key, string? path, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.Fetch, request,
            caller => _fetches.FetchAsync(request, className, key, path, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.Negotiate"/></summary>
    public Task<IResult> NegotiateAsync(HttpRequest request, string className, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.Negotiate, request,
            caller => _sockets.NegotiateAsync(request, className, key, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.ParkedSignals"/></summary>
    public Task<IResult> ParkedSignalsAsync(HttpRequest request, string className, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.ParkedSignals, request,
            caller => _objects.ParkedSignalsAsync(request, className, key, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.RecoveryPoints"/></summary>
    public Task<IResult> RecoveryPointsAsync(HttpRequest request, string className, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.RecoveryPoints, request,
            caller => _recovery.ListAsync(request, className, key, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.CreateRecoveryPoint"/></summary>
    public Task<IResult> CreateRecoveryPointAsync(
        HttpRequest request, string className, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.CreateRecoveryPoint, request,
            caller => _recovery.CreateAsync(request, className, key, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.Restore"/></summary>
    public Task<IResult> RestoreAsync(HttpRequest request, string className, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.Restore, request,
            caller => _recovery.RestoreAsync(request, className, key, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.Workflows"/></summary>
    public Task<IResult> WorkflowsAsync(HttpRequest request, CancellationToken cancellation) =>
        _gate.RunAsync(ObjectRoutes.Workflows, request, caller => _workflows.ListAsync(request, cancellation), cancellation);

    /// <summary><see cref="ObjectRoutes.StartWorkflow"/></summary>
    public Task<IResult> StartWorkflowAsync(HttpRequest request, string name, CancellationToken cancellation) =>
        _gate.RunAsync(ObjectRoutes.StartWorkflow, request, caller => _workflows.StartAsync(request, name, cancellation), cancellation);

    /// <summary><see cref="ObjectRoutes.DescribeWorkflow"/></summary>
    public Task<IResult> DescribeWorkflowAsync(HttpRequest request, string id, CancellationToken cancellation) =>
        _gate.RunAsync(ObjectRoutes.DescribeWorkflow, request, caller => _workflows.DescribeAsync(request, id, cancellation), cancellation);

    /// <summary><see cref="ObjectRoutes.RaiseEvent"/></summary>
    public Task<IResult> RaiseEventAsync(HttpRequest request, string id, string name, CancellationToken cancellation) =>
        _gate.RunAsync(ObjectRoutes.RaiseEvent, request, caller => _workflows.RaiseAsync(request, id, name, cancellation), cancellation);

    /// <summary>
    /// <see cref="ObjectRoutes.TerminateWorkflow"/>, <see cref="ObjectRoutes.SuspendWorkflow"/>, <see cref="ObjectRoutes.ResumeWorkflow"/>
    /// </summary>
    public Task<IResult> SteerWorkflowAsync(HttpRequest request, string id, WorkflowVerb verb, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.TerminateWorkflow, request, caller => _workflows.SteerAsync(request, id, verb, cancellation), cancellation);

    /// <summary><see cref="ObjectRoutes.TakeWebhook"/></summary>
    public Task<IResult> TakeWebhookAsync(HttpRequest request, string source, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.TakeWebhook, request, caller => _webhooks.TakeAsync(request, source, key, cancellation), cancellation);

    /// <summary><see cref="ObjectRoutes.WebhookQueue"/></summary>
    public Task<IResult> WebhookQueueAsync(HttpRequest request, string source, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.WebhookQueue, request, caller => _webhooks.StatusAsync(request, source, key, caller, cancellation), cancellation);

    /// <summary><see cref="ObjectRoutes.Deliveries"/></summary>
    public Task<IResult> DeliveriesAsync(HttpRequest request, string source, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.Deliveries, request, caller => _webhooks.ListAsync(request, source, key, caller, cancellation), cancellation);

    /// <summary><see cref="ObjectRoutes.Delivery"/></summary>
    public Task<IResult> DeliveryAsync(HttpRequest request, string source, string key, string id, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.Delivery, request,
            caller => _webhooks.DescribeAsync(request, source, key, id, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.Redeliver"/></summary>
    public Task<IResult> RedeliverAsync(HttpRequest request, string source, string key, string id, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.Redeliver, request,
            caller => _webhooks.RedeliverAsync(request, source, key, id, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.SkipDelivery"/></summary>
    public Task<IResult> SkipDeliveryAsync(HttpRequest request, string source, string key, string id, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.SkipDelivery, request,
            caller => _webhooks.SkipAsync(request, source, key, id, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.RedeliverSome"/></summary>
    public Task<IResult> RedeliverSomeAsync(HttpRequest request, string source, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.RedeliverSome, request,
            caller => _webhooks.RedeliverSomeAsync(request, source, key, caller, cancellation),
            cancellation);

    /// <summary><see cref="ObjectRoutes.ResumeQueue"/></summary>
    public Task<IResult> ResumeQueueAsync(HttpRequest request, string source, string key, CancellationToken cancellation) =>
        _gate.RunAsync(
            ObjectRoutes.ResumeQueue, request, caller => _webhooks.ResumeAsync(request, source, key, caller, cancellation), cancellation);

    /// <summary><see cref="ObjectRoutes.Health"/></summary>
    public Task<IResult> HealthAsync(HttpRequest request, CancellationToken cancellation) =>
        _gate.RunAsync(ObjectRoutes.Health, request, caller => _health.CheckAsync(cancellation), cancellation);

    /// <summary><see cref="ObjectRoutes.Metrics"/></summary>
    public Task<IResult> MetricsAsync(HttpRequest request, CancellationToken cancellation) =>
        _gate.RunAsync(ObjectRoutes.Metrics, request, caller => _metrics.AllAsync(), cancellation);

    /// <summary>The problem document of an error, for what a host refuses by itself.</summary>
    public static IResult Problem(DurableObjectException error) => new ProblemResult(Failure.From(error));

    /// <summary>A host's own route beside those of the table: its caller is checked and its errors answered in the same way.</summary>
    public Task<IResult> RunAsync(
        ObjectRoute route, HttpRequest request, Func<Caller, Task<IResult>> handle, CancellationToken cancellation) =>
        _gate.RunAsync(route, request, handle, cancellation);
}
