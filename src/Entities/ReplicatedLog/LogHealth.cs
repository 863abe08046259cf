namespace DurableObjects.Entities;

/// <summary>Whether a replicated log takes entries.</summary>
public enum LogHealth
{
    /// <summary>It does. A minority of the followers may be unreachable.</summary>
    Available,

    /// <summary>It has waited too long for a majority, and refuses what is new until one has answered.</summary>
    Unavailable,

    /// <summary>The leader has found that it lost entries, and is getting them back from a majority of the followers.</summary>
    Recovering,
}
