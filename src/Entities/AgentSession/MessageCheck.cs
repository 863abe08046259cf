using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What belongs to a message of which role, as models take it.</summary>
internal static class MessageCheck
{
    public static void Check(SessionRole role, JsonElement? content, JsonElement? toolCalls, string? toolCallId)
    {
        string? wrong = role switch
        {
            _ when !Enum.IsDefined(role) => $"'role' is {role}; it must be 'system', 'user', 'assistant' or 'tool'.",
            not SessionRole.Assistant when toolCalls is not null => "'toolCalls' are an assistant's alone.",
            SessionRole.Tool when toolCallId is null => "'toolCallId' is missing, which says what call the tool answers.",
            not SessionRole.Tool when toolCallId is not null => "'toolCallId' is a tool's alone.",
            _ when toolCalls is { } calls && (calls.ValueKind != JsonValueKind.Array || calls.GetArrayLength() == 0) =>
                "'toolCalls' must be an array with at least one call.",
            _ when content is null && toolCalls is null => "'content' is missing.",
            _ => null,
        };
        if (wrong is not null)
        {
            throw Argument.Invalid(wrong);
        }
    }
}
