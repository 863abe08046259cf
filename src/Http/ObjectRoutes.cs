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

    /// <summary>The object classes and their methods.</summary>
    public static ObjectRoute Classes { get; } = new(
        "GET", "/api/objects", Access.Viewer,
        (endpoints, request, cancellation) => endpoints.ClassesAsync(request, cancellation));

    /// <summary>
    /// The objects of a class, a page at a time: <c>?prefix=&amp;limit=&amp;cursor=</c>; with <c>?metrics=true</c> its figures.
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
        Health, Metrics,
    ];

    private static string Value(HttpRequest request, string name) => request.RouteValues[name] as string ?? "";
}
