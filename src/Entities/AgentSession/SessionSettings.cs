namespace DurableObjects.Entities;

/// <summary>How a session deals with length and with time.</summary>
/// <param name="TokenBudget">The tokens that the conversation may have, system messages and summary included; null for no budget.</param>
/// <param name="WhenExceeded">What becomes of older messages past it.</param>
/// <param name="KeepNewest">The newest messages that are never trimmed nor summarized, system messages not counted.</param>
/// <param name="IdleSeconds">How long after its last change, with no tab connected, it ends itself; null for never.</param>
public sealed record SessionSettings(long? TokenBudget, WhenExceeded WhenExceeded, int KeepNewest, long? IdleSeconds)
{
    /// <summary>The settings of a session that nobody has configured.</summary>
    public static SessionSettings Default { get; } = new(null, WhenExceeded.Trim, AgentSessionLimits.DefaultKeepNewest, null);
}

/// <summary>What becomes of older messages once a conversation is past its budget.</summary>
public enum WhenExceeded
{
    /// <summary>The oldest are deleted.</summary>
    Trim,

    /// <summary>All but the newest are replaced by a summary, which the activity <c>summarize-conversation</c> makes.</summary>
    Summarize,
}
