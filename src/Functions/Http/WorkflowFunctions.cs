using DurableObjects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Http;

/// <summary>The triggers of the routes of workflows.</summary>
/// <remarks>Their names come before <c>unknown</c>; see <see cref="ObjectFunctions"/>.</remarks>
/// <param name="endpoints">Makes the endpoints of an invocation.</param>
public sealed class WorkflowFunctions(FunctionEndpoints endpoints)
{
    /// <summary><see cref="ObjectRoutes.Workflows"/></summary>
    [Function("flows")]
    public Task<IResult> WorkflowsAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "workflows")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Workflows.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.StartWorkflow"/>, <see cref="ObjectRoutes.DescribeWorkflow"/></summary>
    [Function("flow-itself")]
    public Task<IResult> WorkflowAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "workflows/{id}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.DescribeWorkflow.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.RaiseEvent"/></summary>
    [Function("flow-event")]
    public Task<IResult> RaiseEventAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "workflows/{id}/events/{event}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.RaiseEvent.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.TerminateWorkflow"/></summary>
    [Function("flow-terminate")]
    public Task<IResult> TerminateAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "workflows/{id}/terminate")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.TerminateWorkflow.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.SuspendWorkflow"/></summary>
    [Function("flow-suspend")]
    public Task<IResult> SuspendAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "workflows/{id}/suspend")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.SuspendWorkflow.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.ResumeWorkflow"/></summary>
    [Function("flow-resume")]
    public Task<IResult> ResumeAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "workflows/{id}/resume")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.ResumeWorkflow.Pattern, request, cancellation);
}
