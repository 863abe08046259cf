namespace DurableObjects.Entities;

/// <summary>What <c>session</c> carries, which a socket gets first.</summary>
/// <param name="StartedAt">When the session began; null if it has not.</param>
/// <param name="Version">Its version: ask for the changes if you know another.</param>
public sealed record SessionGreeting(DateTimeOffset? StartedAt, long Version);

/// <summary>What <c>appended</c> carries.</summary>
/// <param name="Version">The session's version now.</param>
/// <param name="Message">The message.</param>
/// <param name="FirstMessage">The oldest message left that is no system message, after trimming.</param>
/// <param name="Tab">The tab that appended it, as that called itself.</param>
public sealed record SessionAppended(long Version, SessionMessage Message, long? FirstMessage, string? Tab);

/// <summary>What <c>shortened</c> carries: messages went, by a summary, by new settings or by <c>clear</c>.</summary>
/// <param name="Version">The session's version now.</param>
/// <param name="Settings">The settings.</param>
/// <param name="Summary">The summary, if there is one.</param>
/// <param name="FirstMessage">The oldest message left that is no system message; null for none.</param>
/// <param name="Tab">The tab that asked for it; null for none.</param>
public sealed record SessionShortened(
    long Version, SessionSettings Settings, SessionSummary? Summary, long? FirstMessage, string? Tab);
