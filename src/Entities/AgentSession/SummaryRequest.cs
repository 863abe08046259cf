using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What the activity <c>summarize-conversation</c> gets.</summary>
/// <param name="Earlier">The summary so far, which the new one replaces; null for none.</param>
/// <param name="Messages">The messages to cover, oldest first.</param>
/// <param name="MaxTokens">How long the summary should be at most.</param>
public sealed record SummaryRequest(string? Earlier, IReadOnlyList<SummarizedMessage> Messages, long MaxTokens);

/// <summary>A message to be covered by a summary.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Content">A text or any JSON.</param>
/// <param name="ToolCalls">The tools that an assistant calls.</param>
/// <param name="Name">The speaker's or the tool's name.</param>
public sealed record SummarizedMessage(SessionRole Role, JsonElement? Content, JsonElement? ToolCalls = null, string? Name = null);

/// <summary>What the activity <c>summarize-conversation</c> gives.</summary>
/// <param name="Text">The summary: 1 to <see cref="AgentSessionLimits.SummaryBytes"/> bytes.</param>
/// <param name="Tokens">Its tokens; null to have them estimated.</param>
public sealed record ConversationSummary(string Text, long? Tokens = null);
