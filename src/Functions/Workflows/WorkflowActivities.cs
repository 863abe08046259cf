using DurableObjects.Functions.Calls;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using DurableObjects.Workflows;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Workflows;

/// <summary>
/// What workflows have done outside of their orchestrations. Each may be delivered twice: an attempt is made at least once, by its promise;
/// a call of an object runs once by its key, a child is known by the step that it belongs to, and a signal by its place in its stream.
/// </summary>
/// <param name="calls">The way to the objects.</param>
/// <param name="workflows">The way to workflows.</param>
/// <param name="runner">Makes attempts.</param>
/// <param name="logger">For what goes wrong.</param>
public sealed class WorkflowActivities(
    CallServices calls, WorkflowClients workflows, ActivityRunner runner, ILogger<WorkflowActivities> logger)
{
    /// <summary>Makes an attempt of an activity, or of a call.</summary>
    public const string Attempt = "attempt";

    /// <summary>Starts a child.</summary>
    public const string StartChild = "start-child";

    /// <summary>Brings signals to an object.</summary>
    public const string Deliver = "deliver";

    /// <summary><see cref="Attempt"/></summary>
    [Function(Attempt)]
    public Task<AttemptResult> AttemptAsync(
        [ActivityTrigger] AttemptRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        AttemptAsync(request, runner, calls.HostOf(client), cancellation);

    /// <summary><see cref="StartChild"/></summary>
    [Function(StartChild)]
    public Task<AttemptResult> StartChildAsync(
        [ActivityTrigger] ChildRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        StartChildAsync(request, workflows.Of(client), cancellation);

    /// <summary><see cref="Deliver"/></summary>
    [Function(Deliver)]
    public Task<DeliveryResult> DeliverAsync(
        [ActivityTrigger] DeliveryRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        DeliverAsync(request, calls.HostOf(client), logger, cancellation);

    internal static async Task<AttemptResult> AttemptAsync(
        AttemptRequest request, ActivityRunner runner, IObjectHost host, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new AttemptResult(request.Operation, request.Trail, await runner.RunAsync(request.Attempt, host, cancellation));
    }

    internal static async Task<AttemptResult> StartChildAsync(
        ChildRequest request, WorkflowClient client, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        StepOutcome outcome = await client.StartChildAsync(request.Id, request.Start, cancellation)
            ? StepOutcome.Of(null)
            : StepOutcome.Failed(new DurableObjectException(
                409, ErrorCodes.WorkflowExists, $"There is a workflow '{request.Id}' already."));
        return new AttemptResult(request.Operation, request.Trail, outcome);
    }

    internal static async Task<DeliveryResult> DeliverAsync(
        DeliveryRequest request, ISignalDelivery delivery, ILogger logger, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        ObjectAddress receiver = ObjectAddress.OfKey(request.ObjectClass, request.ObjectKey);
        ObjectAddress sender = ObjectAddress.OfName(WorkflowCommand.ClassName, request.WorkflowId);
        for (int i = 0; i < request.Signals.Count; i++)
        {
            OutgoingSignal one = request.Signals[i];
            long number = request.First + i;
            // All before it have arrived, so it is the oldest, and a receiver that was purged since takes it as the next.
            Signal signal = new(receiver, one.Method, System.Text.Encoding.UTF8.GetBytes(one.Arguments.GetRawText()))
            {
                Sender = sender,
                Position = new StreamPosition(request.Epoch, number, number),
            };
            try
            {
                await delivery.DeliverAsync(signal, cancellation);
            }
            catch (DurableObjectException error)
            {
                if (error.Code == ErrorCodes.UnknownClass)
                {
                    logger.SignalsDropped(request.WorkflowId, receiver);
                }
                return new DeliveryResult(i, Failure.From(error));
            }
        }
        return new DeliveryResult(request.Signals.Count, null);
    }
}
