using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A message of a conversation, as stored, sent, and given to a model.</summary>
/// <param name="Id">The session's version with which it came, so ids rise; 0 for a summary in <see cref="SessionContext"/>.</param>
/// <param name="Role">Who speaks.</param>
/// <param name="Content">A text or any JSON; null for an assistant that only calls tools.</param>
/// <param name="ToolCalls">The tools that an assistant calls, as its model gave them; null for none.</param>
/// <param name="ToolCallId">Which call a tool answers.</param>
/// <param name="Name">The speaker's or the tool's name.</param>
/// <param name="Tokens">What it counts against the budget.</param>
/// <param name="At">When it came, in UTC.</param>
public sealed record SessionMessage(
    long Id, SessionRole Role, JsonElement? Content, JsonElement? ToolCalls, string? ToolCallId, string? Name, long Tokens,
    DateTimeOffset At);

/// <summary>Who speaks in a conversation.</summary>
public enum SessionRole
{
    /// <summary>The application, to the model. Never trimmed and never summarized.</summary>
    System,

    /// <summary>The user.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,

    /// <summary>A tool, in answer to a call of the assistant's.</summary>
    Tool,
}
