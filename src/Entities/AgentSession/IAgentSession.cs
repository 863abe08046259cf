using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>agent-session</c>. Everything that changes the session moves its one version up by one; messages and
/// documents carry the version with which they came. <c>tab</c> is what the caller calls itself, at most
/// <see cref="AgentSessionLimits.NameCharacters"/> characters, so that it knows its own changes again among those pushed to it.
/// </summary>
public interface IAgentSession
{
    /// <summary>Appends a message, and trims the conversation or has it summarized if it is past its budget then.</summary>
    /// <param name="role">Who speaks.</param>
    /// <param name="content">A text or any JSON. Only an assistant that calls tools may do without.</param>
    /// <param name="toolCalls">An array: the tools that an assistant calls. For no other role.</param>
    /// <param name="toolCallId">Which call a tool answers: needed for that role, and for no other.</param>
    /// <param name="name">The speaker's or the tool's name; null for none.</param>
    /// <param name="tokens">
    /// What the message counts for, at most <see cref="AgentSessionLimits.MaxTokens"/>; by default a token for every four characters of the
    /// text or JSON.
    /// </param>
    /// <param name="after">
    /// The id of the newest message that the caller knows: appended only behind that one. 0 for none; null for wherever.
    /// </param>
    /// <param name="tab">Who appends it.</param>
    /// <returns>The message as stored.</returns>
    /// <exception cref="DurableObjectException">
    /// An argument is outside its limits (400); the newest message is another than <paramref name="after"/> (409 <c>version-conflict</c>);
    /// the conversation is at its limit, and its settings allow no room to be made (409 <c>too-many-messages</c>).
    /// </exception>
    Task<SessionMessage> Append(
        SessionRole role, JsonElement? content = null, JsonElement? toolCalls = null, string? toolCallId = null, string? name = null,
        long? tokens = null, long? after = null, string? tab = null);

    /// <summary>The newest messages, oldest of them first. Read-only.</summary>
    /// <param name="limit">1 to <see cref="AgentSessionLimits.PageMessages"/>.</param>
    /// <param name="before">Only messages with a smaller id: the first of a page, to get the page before it.</param>
    Task<IReadOnlyList<SessionMessage>> Messages(int limit = 50, long? before = null);

    /// <summary>
    /// What to send to a model: all system messages, the summary as one more of them, and of the rest the newest that fit, beginning with
    /// no answer of a tool whose call is not among them. Read-only.
    /// </summary>
    /// <param name="tokenBudget">
    /// 1 to <see cref="AgentSessionLimits.MaxTokens"/>; the configured one by default, and without that all.
    /// </param>
    Task<SessionContext> ContextAsync(long? tokenBudget = null);

    /// <summary>Sets all settings; what is not given becomes its default. Applies them to the conversation at once.</summary>
    /// <param name="tokenBudget">
    /// 1 to <see cref="AgentSessionLimits.MaxTokens"/>; null for none, so that only the session's own limits bound it.
    /// </param>
    /// <param name="whenExceeded">What becomes of older messages.</param>
    /// <param name="keepNewest">
    /// 1 to <see cref="AgentSessionLimits.MaxKeepNewest"/>: messages that stay even if they are past the budget.
    /// </param>
    /// <param name="idleSeconds">
    /// 1 to <see cref="AgentSessionLimits.MaxIdleSeconds"/>; null for never. The time counts from the last change, and from when the last
    /// tab left.
    /// </param>
    /// <param name="tab">Who asks.</param>
    Task<SessionStatus> Configure(
        long? tokenBudget = null, WhenExceeded whenExceeded = WhenExceeded.Trim, int keepNewest = AgentSessionLimits.DefaultKeepNewest,
        long? idleSeconds = null, string? tab = null);

    /// <summary>Deletes the messages and the summary; documents and settings stay.</summary>
    /// <param name="withSystem">Whether the system messages go too.</param>
    /// <param name="tab">Who asks.</param>
    Task<SessionStatus> Clear(bool withSystem = false, string? tab = null);

    /// <summary>A document; of version 0 if it was never written. Read-only.</summary>
    Task<SessionDocument> Get(string section);

    /// <summary>Writes a document whole. One that is the same already stays as it is, with its version.</summary>
    /// <param name="section">
    /// 1 to <see cref="AgentSessionLimits.NameCharacters"/> characters: <c>user</c>, <c>ui</c>, <c>sync</c>, or whatever.
    /// </param>
    /// <param name="value">Any JSON of at most <see cref="AgentSessionLimits.DocumentBytes"/>.</param>
    /// <param name="expectedVersion">The version that the caller has seen; 0 for one that was never written.</param>
    /// <param name="tab">Who writes.</param>
    /// <exception cref="DurableObjectException">
    /// An argument is outside its limits (400); the document is at another version, which the text names (409 <c>version-conflict</c>);
    /// there are <see cref="AgentSessionLimits.MaxSections"/> (409 <c>too-many-sections</c>).
    /// </exception>
    Task<SessionDocument> Put(string section, JsonElement? value, long expectedVersion, string? tab = null);

    /// <summary>
    /// Changes a part of a document by JSON merge patch (RFC 7396): members that are null in the patch go, objects are merged, everything
    /// else is replaced. A patch that changes nothing leaves the version as it is.
    /// </summary>
    /// <param name="section">As of <see cref="Put"/>.</param>
    /// <param name="patch">The patch.</param>
    /// <param name="expectedVersion">The version that the caller has seen; null to patch whatever is there.</param>
    /// <param name="tab">Who writes.</param>
    /// <exception cref="DurableObjectException">As of <see cref="Put"/>.</exception>
    Task<SessionDocument> Patch(string section, JsonElement? patch, long? expectedVersion = null, string? tab = null);

    /// <summary>What has changed since a version, for a tab that was away. Read-only.</summary>
    /// <param name="sinceVersion">The version that the caller knows; 0 for everything.</param>
    /// <param name="startedAt">When the session began, as the caller knows it: if it is another now, everything is given.</param>
    Task<SessionChanges> Changes(long sinceVersion = 0, DateTimeOffset? startedAt = null);

    /// <summary>Where the session stands. Read-only.</summary>
    Task<SessionStatus> Status();
}
