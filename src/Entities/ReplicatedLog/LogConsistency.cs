namespace DurableObjects.Entities;

/// <summary>What a read of the leader shows.</summary>
public enum LogConsistency
{
    /// <summary>Only what is committed: what was shown once stays.</summary>
    Committed,

    /// <summary>Also what is still pending, which is marked so and may yet be lost with the leader.</summary>
    Latest,
}
