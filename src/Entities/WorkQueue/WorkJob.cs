using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A job as it is delivered to a worker, by <c>receive</c> or with the target <c>job</c>. Times are in UTC.</summary>
/// <param name="Id">The job's id.</param>
/// <param name="Receipt">Stands for this delivery alone, and is random: who has it may complete, abandon or extend.</param>
/// <param name="Payload">What was enqueued.</param>
/// <param name="Priority">Its priority.</param>
/// <param name="Delivery">1 the first time; above 1, an earlier delivery may have done some or all of the work.</param>
/// <param name="EnqueuedAt">When it was enqueued.</param>
/// <param name="VisibleAt">When the receipt lapses, and the job can be delivered again.</param>
/// <param name="LastError">How the delivery before this one ended; null for the first.</param>
public sealed record WorkJob(
    string Id, string Receipt, JsonElement Payload, int Priority, int Delivery, DateTimeOffset EnqueuedAt, DateTimeOffset VisibleAt,
    string? LastError);
