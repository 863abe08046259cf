using System.Text;
using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// A summary that needs no model, and understands nothing: the beginning of what was said, message by message, the older part of it
/// left out where it gets too long. Publish an activity of your own as <c>summarize-conversation</c> to take its place.
/// </summary>
[Activity(Name, IsDefault = true)]
public sealed class ConversationDigest : Activity<SummaryRequest, ConversationSummary>
{
    /// <summary>Its published name, under which an application's own takes its place.</summary>
    public const string Name = "summarize-conversation";

    /// <summary>Characters that a message leaves at most: a sentence or two.</summary>
    private const int ExcerptCharacters = 160;

    /// <inheritdoc/>
    protected override Task<ConversationSummary> RunAsync(ActivityContext context, SummaryRequest input)
    {
        ArgumentNullException.ThrowIfNull(input);
        long room = Math.Min(input.MaxTokens * TokenEstimate.CharactersPerToken, AgentSessionLimits.SummaryBytes / 4);
        IEnumerable<string> lines = (input.Earlier?.Split('\n') ?? []).Concat(input.Messages.Select(LineOf));
        List<string> kept = [];
        foreach (string line in lines.Reverse())
        {
            room -= line.Length + 1;
            if (room < 0 && kept.Count > 0)
            {
                break;
            }
            kept.Add(line);
        }
        kept.Reverse();
        return Task.FromResult(new ConversationSummary(string.Join('\n', kept)));
    }

    private static string LineOf(SummarizedMessage message)
    {
        string who = message.Role.ToString().ToLowerInvariant();
        string said = message.Content is { } content
            ? content.ValueKind == JsonValueKind.String ? content.GetString()! : content.GetRawText()
            : $"calls {message.ToolCalls?.GetRawText()}";
        return $"{who}{(message.Name is { } name ? $" ({name})" : "")}: {Excerpt(said)}";
    }

    /// <summary>The beginning on one line, cut between words where there are any.</summary>
    private static string Excerpt(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= ExcerptCharacters)
        {
            return line;
        }
        int space = line.LastIndexOf(' ', ExcerptCharacters);
        string cut = line[..(space > 0 ? space : ExcerptCharacters)];
        // Half of a surrogate pair is no text.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(cut)).TrimEnd('\ufffd') + " …";
    }
}
