namespace DurableObjects.Entities;

/// <summary>What a worker sends over its socket, with the target <c>message</c>: a method of the queue about one delivery.</summary>
/// <param name="Action"><c>complete</c>, <c>abandon</c> or <c>extend</c>.</param>
/// <param name="Id">The job's id.</param>
/// <param name="Receipt">The delivery's receipt.</param>
/// <param name="DelaySeconds">As of <see cref="IWorkQueue.Abandon"/>.</param>
/// <param name="Error">As of <see cref="IWorkQueue.Abandon"/>.</param>
/// <param name="VisibilitySeconds">As of <see cref="IWorkQueue.Extend"/>.</param>
public sealed record WorkerMessage(
    string? Action, string? Id, string? Receipt, decimal DelaySeconds = 0, string? Error = null,
    decimal VisibilitySeconds = WorkLimits.DefaultVisibilitySeconds);
