namespace DurableObjects.Entities;

/// <summary>The limits of an <see cref="AgentSession"/>.</summary>
public static class AgentSessionLimits
{
    /// <summary>
    /// Bytes of a message: its content and its tool calls as JSON. What is larger belongs in a blob store, with its address here.
    /// </summary>
    public const int MessageBytes = 128 * 1_024;

    /// <summary>Messages of a session, system messages included.</summary>
    public const int MaxMessages = 2_000;

    /// <summary>Bytes of all messages, as they stand in an answer: about a million tokens, so that a context is one answer.</summary>
    public const int SessionBytes = 4 * 1_024 * 1_024;

    /// <summary>Messages of a page.</summary>
    public const int PageMessages = 500;

    /// <summary>The most tokens of a message and of a budget.</summary>
    public const long MaxTokens = 10_000_000;

    /// <summary>The messages that stay where nothing else is configured.</summary>
    public const int DefaultKeepNewest = 10;

    /// <summary>The most messages that may be told to stay.</summary>
    public const int MaxKeepNewest = 500;

    /// <summary>Documents of a session. All of them, with all messages, fit <see cref="Limits.ResponseBytes"/>.</summary>
    public const int MaxSections = 32;

    /// <summary>Bytes of a document as JSON.</summary>
    public const int DocumentBytes = 64 * 1_024;

    /// <summary>Bytes of a summary.</summary>
    public const int SummaryBytes = 32 * 1_024;

    /// <summary>Characters (UTF-16) of a section, a tab, a speaker, and the id of a tool call.</summary>
    public const int NameCharacters = 128;

    /// <summary>The longest that a session may be told to stay idle: a year of 365 days.</summary>
    public const long MaxIdleSeconds = 365 * 24 * 60 * 60;

    /// <summary>
    /// How late an alarm may be that ends an idle session. One that is later comes from before a return to a bookmark, or from before a
    /// time in which the host was down: nobody could use the session meanwhile, so it gets another idle period.
    /// </summary>
    public static readonly TimeSpan Lateness = TimeSpan.FromMinutes(1);
}
