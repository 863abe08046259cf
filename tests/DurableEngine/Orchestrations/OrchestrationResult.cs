using Microsoft.DurableTask;

namespace DurableObjects.DurableEngine.Orchestrations;

/// <summary>What came out of a run.</summary>
/// <param name="Asked">What it newly asked for, in order.</param>
public sealed record OrchestrationResult(IReadOnlyList<Asked> Asked)
{
    /// <summary>Whether it has returned, thrown or been terminated.</summary>
    public bool HasEnded { get; init; }

    /// <summary>What it returned, or was terminated with.</summary>
    public string? Output { get; init; }

    /// <summary>What it threw.</summary>
    public TaskFailureDetails? Failure { get; init; }

    /// <summary>Whether it was ended from outside.</summary>
    public bool IsTerminated { get; init; }

    /// <summary>Whether it begins again with another input.</summary>
    public bool ContinuesAsNew { get; init; }

    /// <summary>That input.</summary>
    public string? NewInput { get; init; }

    /// <summary>
    /// Events that nobody has waited for, which it sends to itself for the new run: before the checkpoint, so again if that one is lost.
    /// </summary>
    public IReadOnlyList<EventRaised> Unprocessed { get; init; } = [];

    /// <summary>Events that came when it had already said that it begins again: they go into the new run with the checkpoint.</summary>
    public IReadOnlyList<EventRaised> CarriedOver { get; init; } = [];

    /// <summary>What it said of itself.</summary>
    public string? CustomStatus { get; init; }
}
