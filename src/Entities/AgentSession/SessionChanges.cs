namespace DurableObjects.Entities;

/// <summary>What a tab that was away has missed.</summary>
/// <param name="StartedAt">When the session began; null if it has not. Another one than before: forget what you knew of it.</param>
/// <param name="Since">The version from which the changes count: 0 if the caller's was of another session.</param>
/// <param name="Version">The version that they lead to.</param>
/// <param name="Settings">The settings.</param>
/// <param name="Documents">The documents that changed, as they are now.</param>
/// <param name="Messages">The messages that came and are still there, oldest first.</param>
/// <param name="Summary">The summary, if there is one: what it covers is gone.</param>
/// <param name="FirstMessage">
/// The id of the oldest message left that is no system message: what is older was trimmed or summarized. Null if there is none.
/// </param>
public sealed record SessionChanges(
    DateTimeOffset? StartedAt, long Since, long Version, SessionSettings Settings, IReadOnlyList<SessionDocument> Documents,
    IReadOnlyList<SessionMessage> Messages, SessionSummary? Summary, long? FirstMessage);
