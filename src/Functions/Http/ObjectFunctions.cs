using DurableObjects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Http;

/// <summary>
/// A trigger for each pattern of <see cref="ObjectRoutes"/>. They take every method, so that one that a route does not know is answered
/// as on every host.
/// </summary>
/// <remarks>
/// The Functions host tries routes in the order of the functions' names, whatever stands in them. So a name whose route has a parameter
/// where another's has a fixed segment comes behind it: <c>objects-method</c> behind all that begin with <c>object-</c>, and
/// <c>unknown</c> behind everything.
/// </remarks>
/// <param name="endpoints">Makes the endpoints of an invocation.</param>
public sealed class ObjectFunctions(FunctionEndpoints endpoints)
{
    /// <summary><see cref="ObjectRoutes.Classes"/></summary>
    [Function("classes")]
    public Task<IResult> ClassesAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "objects")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Classes.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.List"/>, <see cref="ObjectRoutes.Create"/></summary>
    [Function("objects")]
    public Task<IResult> ObjectsAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "objects/{class}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.List.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.Describe"/>, <see cref="ObjectRoutes.Delete"/></summary>
    [Function("object-itself")]
    public Task<IResult> ObjectAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "objects/{class}/{key}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Describe.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.Call"/>, <see cref="ObjectRoutes.Read"/></summary>
    [Function("objects-method")]
    public Task<IResult> MethodAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "objects/{class}/{key}/{method}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Call.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.Fetch"/></summary>
    [Function("object-fetch")]
    public Task<IResult> FetchAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "objects/{class}/{key}/fetch/{*path}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Fetch.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.Negotiate"/></summary>
    [Function("object-negotiate")]
    public Task<IResult> NegotiateAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "objects/{class}/{key}/negotiate")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Negotiate.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.ParkedSignals"/></summary>
    [Function("object-parked-signals")]
    public Task<IResult> ParkedSignalsAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "objects/{class}/{key}/parked-signals")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.ParkedSignals.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.RecoveryPoints"/>, <see cref="ObjectRoutes.CreateRecoveryPoint"/></summary>
    [Function("object-recovery-points")]
    public Task<IResult> RecoveryPointsAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "objects/{class}/{key}/recovery-points")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.RecoveryPoints.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.Restore"/></summary>
    [Function("object-restore")]
    public Task<IResult> RestoreAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "objects/{class}/{key}/restore")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Restore.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.Health"/>. Anybody may ask it, so the platform is told not to look for a key.</summary>
    [Function("health")]
    public Task<IResult> HealthAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "health")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Health.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.Metrics"/></summary>
    [Function("metrics")]
    public Task<IResult> MetricsAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "metrics")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Metrics.Pattern, request, cancellation);

    /// <summary>Every other path.</summary>
    [Function("unknown")]
    public static Task<IResult> UnknownAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*rest}")] HttpRequest request) =>
        Task.FromResult(ObjectRouteDispatch.Unknown(request));
}
