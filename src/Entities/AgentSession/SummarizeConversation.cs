using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>Has a summary made for an <see cref="AgentSession"/>, which it is given back to.</summary>
[Workflow(Name)]
public sealed class SummarizeConversation : Workflow<SummaryRequest, ConversationSummary>
{
    /// <summary>Its published name.</summary>
    public const string Name = "conversation-summary";

    /// <summary>A model takes its time, and has its bad moments: three attempts of five minutes.</summary>
    private static readonly ActivityOptions Options = new()
    {
        Retry = new RetryPolicy { MaxAttempts = 3, FirstDelay = TimeSpan.FromSeconds(2) },
        Timeout = TimeSpan.FromMinutes(5),
    };

    /// <inheritdoc/>
    protected override Task<ConversationSummary> RunAsync(WorkflowContext context, SummaryRequest input)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Activity<ConversationDigest, SummaryRequest, ConversationSummary>(input, Options);
    }
}
