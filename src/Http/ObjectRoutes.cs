using DurableObjects.Workflows;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>
/// Every route, in one place. The embedded host maps this table; the Azure host has a trigger for each line. In
/// <c>{key}</c> stands a name or <c>id:</c> and 64 hex digits, percent-encoded; names that are <c>.</c> or <c>..</c> are reached
/// by id only. A path's fixed segments win over its parameters, so a method of an object that is called <c>fetch</c>,
/// <c>negotiate</c> or <c>restore</c> is not reached over HTTP.
/// </summary>
public static class ObjectRoutes
{
    private const string Class = "class";
    private const string Key = "key";
    private const string Method = "method";
    private const string Path = "path";
    private const string Id = "id";
    private const string Event = "event";
    private const string Source = "source";

    /// <summary>The object classes and their methods.</summary>
    public static ObjectRoute Classes { get; } = new(
        "GET", "/api/objects", Access.Viewer,
        (endpoints, request, cancellation) => endpoints.ClassesAsync(request, cancellation));

    /// <summary>
    /// The objects of a class, a page at a time: <c>?prefix=&amp;limit=&amp;cursor=</c>; with <c>?metrics=true</c> its figures, with
    /// <c>?card=true</c> its design card.
    /// </summary>
    public static ObjectRoute List { get; } = new(
        "GET", "/api/objects/{class}", Access.Viewer,
        (endpoints, request, cancellation) => endpoints.ListAsync(request, Value(request, Class), cancellation));

    /// <summary>A new unique id.</summary>
    public static ObjectRoute Create { get; } = new(
        "POST", "/api/objects/{class}", Access.Contributor,
        (endpoints, request, cancellation) => endpoints.CreateAsync(request, Value(request, Class), cancellation));

    /// <summary>What is known of an object.</summary>
    public static ObjectRoute Describe { get; } = new(
        "GET", "/api/objects/{class}/{key}", Access.Viewer,
        (endpoints, request, cancellation) =>
            endpoints.DescribeAsync(request, Value(request, Class), Value(request, Key), cancellation));

    /// <summary>Ends an object, with <c>?purge=true</c> its history too.</summary>
    public static ObjectRoute Delete { get; } = new(
        "DELETE", "/api/objects/{class}/{key}", Access.Administrator,
        (endpoints, request, cancellation) =>
            endpoints.DeleteAsync(request, Value(request, Class), Value(request, Key), cancellation));

    /// <summary>Calls a method; with <c>?oneway=true</c> without waiting for its result.</summary>
    public static ObjectRoute Call { get; } = new(
        "POST", "/api/objects/{class}/{key}/{method}", Access.Contributor,
        (endpoints, request, cancellation) => endpoints.CallAsync(
            request, Value(request, Class), Value(request, Key), Value(request, Method), cancellation));

    /// <summary>Calls a method marked read-only, with arguments from the query.</summary>
    public static ObjectRoute Read { get; } = new(
        "GET", "/api/objects/{class}/{key}/{method}", Access.Viewer,
        (endpoints, request, cancellation) => endpoints.ReadAsync(
            request, Value(request, Class), Value(request, Key), Value(request, Method), cancellation));

    /// <summary>Hands the whole request to the object.</summary>
    public static ObjectRoute Fetch { get; } = new(
        ObjectRoute.AnyMethod, "/api/objects/{class}/{key}/fetch/{*path}", Access.Contributor,
        (endpoints, request, cancellation) => endpoints.FetchAsync(
            request, Value(request, Class), Value(request, Key), request.RouteValues[Path] as string, cancellation));

    /// <summary>Tells a SignalR client where to connect.</summary>
    public static ObjectRoute Negotiate { get; } = new(
        "POST", "/api/objects/{class}/{key}/negotiate", Access.Contributor,
        (endpoints, request, cancellation) =>
            endpoints.NegotiateAsync(request, Value(request, Class), Value(request, Key), cancellation));

    /// <summary>Retries the signals that were parked, or with <c>?drop=true</c> drops them.</summary>
    public static ObjectRoute ParkedSignals { get; } = new(
        "POST", "/api/objects/{class}/{key}/parked-signals", Access.Administrator,
        (endpoints, request, cancellation) =>
            endpoints.ParkedSignalsAsync(request, Value(request, Class), Value(request, Key), cancellation));

    /// <summary>The object's recovery points, and how far its history reaches.</summary>
    public static ObjectRoute RecoveryPoints { get; } = new(
        "GET", "/api/objects/{class}/{key}/recovery-points", Access.Administrator,
        (endpoints, request, cancellation) =>
            endpoints.RecoveryPointsAsync(request, Value(request, Class), Value(request, Key), cancellation));

    /// <summary>Makes a recovery point: <c>{ "label": … }</c>.</summary>
    public static ObjectRoute CreateRecoveryPoint { get; } = new(
        "POST", "/api/objects/{class}/{key}/recovery-points", Access.Administrator,
        (endpoints, request, cancellation) =>
            endpoints.CreateRecoveryPointAsync(request, Value(request, Class), Value(request, Key), cancellation));

    /// <summary>Returns the object to <c>{ "bookmark" | "time" | "label": … }</c>.</summary>
    public static ObjectRoute Restore { get; } = new(
        "POST", "/api/objects/{class}/{key}/restore", Access.Administrator,
        (endpoints, request, cancellation) =>
            endpoints.RestoreAsync(request, Value(request, Class), Value(request, Key), cancellation));

    /// <summary>Workflows, a page at a time: <c>?name=&amp;status=&amp;limit=&amp;cursor=</c>.</summary>
    public static ObjectRoute Workflows { get; } = new(
        "GET", "/api/workflows", Access.Viewer,
        (endpoints, request, cancellation) => endpoints.WorkflowsAsync(request, cancellation));

    /// <summary>
    /// Starts a workflow of the class that stands in the path, with the body as its input and the id of <c>?id=</c>, or a new one.
    /// </summary>
    public static ObjectRoute StartWorkflow { get; } = new(
        "POST", "/api/workflows/{id}", Access.Contributor,
        (endpoints, request, cancellation) => endpoints.StartWorkflowAsync(request, Value(request, Id), cancellation));

    /// <summary>Where a workflow stands, with its steps; with <c>?wait=</c> once it has ended, or after so many seconds.</summary>
    public static ObjectRoute DescribeWorkflow { get; } = new(
        "GET", "/api/workflows/{id}", Access.Viewer,
        (endpoints, request, cancellation) => endpoints.DescribeWorkflowAsync(request, Value(request, Id), cancellation));

    /// <summary>Raises an event for a workflow, with the body as its payload.</summary>
    public static ObjectRoute RaiseEvent { get; } = new(
        "POST", "/api/workflows/{id}/events/{event}", Access.Contributor,
        (endpoints, request, cancellation) =>
            endpoints.RaiseEventAsync(request, Value(request, Id), Value(request, Event), cancellation));

    /// <summary>Ends a workflow: <c>{ "reason": … }</c>.</summary>
    public static ObjectRoute TerminateWorkflow { get; } = Steer("terminate", WorkflowVerb.Terminate);

    /// <summary>Has a workflow do nothing for now.</summary>
    public static ObjectRoute SuspendWorkflow { get; } = Steer("suspend", WorkflowVerb.Suspend);

    /// <summary>Has a workflow go on.</summary>
    public static ObjectRoute ResumeWorkflow { get; } = Steer("resume", WorkflowVerb.Resume);

    /// <summary>
    /// Takes a signed webhook of a source for a key. Its signature is what says who sends it, so it is alone under its pattern: a platform
    /// that looks for keys does so by pattern.
    /// </summary>
    public static ObjectRoute TakeWebhook { get; } = new(
        "POST", "/api/webhooks/{source}/{key}", Access.Public,
        (endpoints, request, cancellation) =>
            endpoints.TakeWebhookAsync(request, Value(request, Source), Value(request, Key), cancellation));

    /// <summary>What the queue of a source and key holds, and whether it goes on.</summary>
    public static ObjectRoute WebhookQueue { get; } = new(
        "GET", "/api/webhooks/{source}/{key}/status", Access.Viewer,
        (endpoints, request, cancellation) =>
            endpoints.WebhookQueueAsync(request, Value(request, Source), Value(request, Key), cancellation));

    /// <summary>Its deliveries, a page at a time: <c>?state=&amp;limit=&amp;cursor=</c>.</summary>
    public static ObjectRoute Deliveries { get; } = new(
        "GET", "/api/webhooks/{source}/{key}/deliveries", Access.Viewer,
        (endpoints, request, cancellation) =>
            endpoints.DeliveriesAsync(request, Value(request, Source), Value(request, Key), cancellation));

    /// <summary>A delivery with its audit trail; to contributors with <c>?body=true</c> its body too.</summary>
    public static ObjectRoute Delivery { get; } = new(
        "GET", "/api/webhooks/{source}/{key}/deliveries/{id}", Access.Viewer,
        (endpoints, request, cancellation) =>
            endpoints.DeliveryAsync(request, Value(request, Source), Value(request, Key), Value(request, Id), cancellation));

    /// <summary>Has a delivery delivered again.</summary>
    public static ObjectRoute Redeliver { get; } = new(
        "POST", "/api/webhooks/{source}/{key}/deliveries/{id}/redeliver", Access.Contributor,
        (endpoints, request, cancellation) =>
            endpoints.RedeliverAsync(request, Value(request, Source), Value(request, Key), Value(request, Id), cancellation));

    /// <summary>Gives a delivery up for good.</summary>
    public static ObjectRoute SkipDelivery { get; } = new(
        "POST", "/api/webhooks/{source}/{key}/deliveries/{id}/skip", Access.Contributor,
        (endpoints, request, cancellation) =>
            endpoints.SkipDeliveryAsync(request, Value(request, Source), Value(request, Key), Value(request, Id), cancellation));

    /// <summary>Has several delivered again: <c>{ "ids": […] }</c>, or all dead letters: <c>{ "state": "dead" }</c>.</summary>
    public static ObjectRoute RedeliverSome { get; } = new(
        "POST", "/api/webhooks/{source}/{key}/redeliver", Access.Contributor,
        (endpoints, request, cancellation) =>
            endpoints.RedeliverSomeAsync(request, Value(request, Source), Value(request, Key), cancellation));

    /// <summary>Has a queue that stopped at a dead letter go on with the next.</summary>
    public static ObjectRoute ResumeQueue { get; } = new(
        "POST", "/api/webhooks/{source}/{key}/resume", Access.Contributor,
        (endpoints, request, cancellation) =>
            endpoints.ResumeQueueAsync(request, Value(request, Source), Value(request, Key), cancellation));

    /// <summary>Whether the host is well, and its versions.</summary>
    public static ObjectRoute Health { get; } = new(
        "GET", "/api/health", Access.Public,
        (endpoints, request, cancellation) => endpoints.HealthAsync(request, cancellation));

    /// <summary>The figures of every class, as Prometheus scrapes them.</summary>
    public static ObjectRoute Metrics { get; } = new(
        "GET", "/api/metrics", Access.Viewer,
        (endpoints, request, cancellation) => endpoints.MetricsAsync(request, cancellation));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ObjectRoute> All { get; } =
    [
        Classes, List, Create, Describe, Delete, Call, Read, Fetch, Negotiate, ParkedSignals, RecoveryPoints, CreateRecoveryPoint, Restore,
        Workflows, StartWorkflow, DescribeWorkflow, RaiseEvent, TerminateWorkflow, SuspendWorkflow, ResumeWorkflow, TakeWebhook,
        WebhookQueue, Deliveries, Delivery, Redeliver, SkipDelivery, RedeliverSome, ResumeQueue, Health, Metrics,
    ];

    private static ObjectRoute Steer(string what, WorkflowVerb verb) => new(
        "POST", $"/api/workflows/{{id}}/{what}", Access.Contributor,
        (endpoints, request, cancellation) => endpoints.SteerWorkflowAsync(request, Value(request, Id), verb, cancellation));

    private static string Value(HttpRequest request, string name) => request.RouteValues[name] as string ?? "";
}
