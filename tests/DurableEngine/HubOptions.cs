namespace DurableObjects.DurableEngine;

/// <summary>How a hub behaves where the platform leaves room.</summary>
public sealed record HubOptions
{
    /// <summary>Operations of one batch. See <c>maxEntityOperationBatchSize</c> in host.json.</summary>
    public int MaxOperations { get; init; } = 24;

    /// <summary>How far from its time a signal with a time is delivered. The platform: up to 100 ms early.</summary>
    public Func<TimeSpan> SignalError { get; init; } = () => TimeSpan.Zero;

    /// <summary>How far from its time a timer of an orchestration fires.</summary>
    public Func<TimeSpan> TimerError { get; init; } = () => TimeSpan.Zero;

    /// <summary>
    /// Whether a start of an instance id that runs, or has run, is ignored. By the Azure Storage backend one from an entity is not: it begins
    /// the instance anew, in place of the run that is on. Other backends ignore it.
    /// </summary>
    public Func<bool> IgnoresKnownInstance { get; init; } = () => false;
}
