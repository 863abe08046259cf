namespace DurableObjects.Entities;

/// <summary>What to send to a model.</summary>
/// <param name="Messages">The system messages, the summary as one more of them, and the newest messages that fit, in order.</param>
/// <param name="Tokens">Their sum.</param>
/// <param name="Omitted">Messages of the conversation that did not fit.</param>
/// <param name="Version">The session's version: append an answer with <c>after</c> as the id of the last message it answers.</param>
public sealed record SessionContext(IReadOnlyList<SessionMessage> Messages, long Tokens, int Omitted, long Version);
