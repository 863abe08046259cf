namespace DurableObjects.DurableEngine;

/// <summary>What an instance, or all of them, have cost.</summary>
public sealed record HubFigures
{
    /// <summary>Entity batches that a worker ran.</summary>
    public long Batches { get; set; }

    /// <summary>Entity operations, those of repeated batches again.</summary>
    public long Operations { get; set; }

    /// <summary>Checkpoints of entities and orchestrations.</summary>
    public long Checkpoints { get; set; }

    /// <summary>Checkpoints that did not come about after the messages had left.</summary>
    public long LostCheckpoints { get; set; }

    /// <summary>Signals that the entity got from clients.</summary>
    public long ClientSignals { get; set; }

    /// <summary>Signals that the entity or orchestration sent.</summary>
    public long Signals { get; set; }

    /// <summary>Orchestrations that the entity or orchestration started.</summary>
    public long Starts { get; set; }

    /// <summary>Runs of an orchestration: its first, and one for each time that something happened to it.</summary>
    public long Runs { get; set; }

    /// <summary>Timers of an orchestration.</summary>
    public long Timers { get; set; }

    /// <summary>Activities that ran.</summary>
    public long Activities { get; set; }

    /// <summary>Times that a client has read an entity's state.</summary>
    public long Reads { get; set; }

    /// <summary>Characters of the longest state.</summary>
    public long LongestState { get; set; }

    /// <summary>What has come since an earlier time. The longest state is that of all time.</summary>
    public HubFigures Since(HubFigures before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return new HubFigures
        {
            Batches = Batches - before.Batches,
            Operations = Operations - before.Operations,
            Checkpoints = Checkpoints - before.Checkpoints,
            LostCheckpoints = LostCheckpoints - before.LostCheckpoints,
            ClientSignals = ClientSignals - before.ClientSignals,
            Signals = Signals - before.Signals,
            Starts = Starts - before.Starts,
            Runs = Runs - before.Runs,
            Timers = Timers - before.Timers,
            Activities = Activities - before.Activities,
            Reads = Reads - before.Reads,
            LongestState = LongestState,
        };
    }
}
