namespace DurableObjects.Entities;

/// <summary>How a queue stands.</summary>
/// <param name="Ready">Jobs that a worker would get now.</param>
/// <param name="Delayed">Jobs whose delay has not passed.</param>
/// <param name="Held">Jobs that a worker has, with a receipt that has not lapsed.</param>
/// <param name="DeadLetters">Jobs that were delivered too often.</param>
/// <param name="Bytes">Bytes of the payloads of all of these.</param>
/// <param name="TakenIds">Ids of completed jobs that are still taken.</param>
/// <param name="Workers">Workers that are connected by socket.</param>
/// <param name="Settings">What is configured.</param>
public sealed record WorkQueueStatus(
    long Ready, long Delayed, long Held, long DeadLetters, long Bytes, long TakenIds, int Workers, WorkQueueSettings Settings);
