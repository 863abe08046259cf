namespace DurableObjects.Entities;

/// <summary>What enqueueing answers.</summary>
/// <param name="Id">The job's id: the one given, or a random one.</param>
/// <param name="IsNew">False if the id was taken: then nothing was enqueued, since it had been before.</param>
public sealed record WorkTicket(string Id, bool IsNew);
