namespace DurableObjects.DurableEngine.Orchestrations;

/// <summary>An orchestration as the hub's storage has it.</summary>
internal sealed class OrchestrationInstance(string id)
{
    public string Id { get; } = id;

    /// <summary>What clients see; null if there is no such instance for them.</summary>
    public InstanceRow? Row { get; set; }

    /// <summary>Tells the run of this history from those before it: one that started under the same id, or continued as new.</summary>
    public string? Execution { get; set; }

    public IReadOnlyList<HistoryEvent> History { get; set; } = [];

    public long Version { get; set; }

    /// <summary>Delivered and not yet part of a checkpointed run.</summary>
    public List<HubMessage> Queue { get; } = [];

    public OrchestrationWork? Running { get; set; }

    public bool IsGoingOn => History.Count > 0 && History[^1] is not Ended;

    /// <summary>Whether a message answers what a checkpoint does not yet say that it was asked for: it waits for that one.</summary>
    public bool IsEarly(HubMessage message) =>
        message is OrchestrationNews { Event: Answered answered } news
        && news.Execution == Execution
        && !History.OfType<Asked>().Any(one => one.Id == answered.Id);
}
