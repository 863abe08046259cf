using System.Text;
using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// How the older part of a conversation becomes a summary: what a workflow is given, how long it is waited for, and what is taken of it.
/// </summary>
internal sealed class Summarizing(ObjectContext context, Conversation conversation)
{
    /// <summary>Bytes of the messages that one summary covers: with what surrounds them they fit a workflow's input.</summary>
    private const int InputBytes = 512 * 1_024;

    /// <summary>Messages that one summary covers, for the same reason.</summary>
    private const int InputMessages = 1_000;

    /// <summary>The part of the budget that a summary may take: a fourth, and not more tokens than this in any case.</summary>
    private const long MostTokens = 2_000;

    /// <summary>
    /// How long a summary runs before its workflow is asked: its end may have been lost, as after a return to a bookmark.
    /// </summary>
    public static readonly TimeSpan WatchEvery = TimeSpan.FromHours(1);

    /// <summary>
    /// How soon after a summary has failed the next is tried, with the next message. Its workflow has made retries of its own.
    /// </summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private long Now => context.Now.ToUnixTimeMilliseconds();

    /// <summary>Has the oldest messages summarized, all but those that are to stay, unless that is under way or has just failed.</summary>
    public AgentSessionState Begin(AgentSessionState state)
    {
        if (state.Run is not null || state.FailedAt > Now - (long)Pause.TotalMilliseconds)
        {
            return state;
        }
        List<MessageSize> sizes = conversation.Sizes();
        long bytes = 0;
        int fitting = sizes.TakeWhile((size, i) => i < InputMessages && (bytes += size.Bytes) <= InputBytes).Count();
        int most = Math.Min(fitting, sizes.Count - state.Settings.KeepNewest);
        int cut = Conversation.Cut(sizes, sizes.Count - Math.Max(0, most), _ => false);
        // Answers of tools that fill it by themselves are parted from their call: a summary can be made of them all the same.
        cut = cut == 0 && most == fitting ? most : cut;
        if (cut <= 0)
        {
            return state;
        }
        long upTo = sizes[cut - 1].Id;
        SummaryRequest request = new(
            state.Summary?.Text,
            [.. conversation.Between(0, upTo).Select(one => new SummarizedMessage(one.Role, one.Content, one.ToolCalls, one.Name))],
            Math.Clamp((state.Settings.TokenBudget ?? AgentSessionLimits.MaxTokens) / 4, 1, MostTokens));
        string workflow = $"summary-{WorkflowId.New(context.Clock)}";
        context.Workflows.Start(SummarizeConversation.Name, workflow, request, nameof(AgentSession.Summarized));
        return state with { Run = new SummaryRun(workflow, upTo, Now) };
    }

    /// <summary>Puts the summary that a workflow made in the place of what it was made of. One that cannot be used has failed.</summary>
    public AgentSessionState Take(AgentSessionState state, SummaryRun run, WorkflowStatus status)
    {
        if (status.State != WorkflowState.Completed)
        {
            return Failed(state, $"{status.Error?.Code}: {status.Error?.Message}");
        }
        ConversationSummary? made = status.Output?.Deserialize<ConversationSummary>(ObjectJson.Options);
        if (made is not { Text.Length: > 0 })
        {
            return Failed(state, "The summary is empty.");
        }
        if (Encoding.UTF8.GetByteCount(made.Text) is int bytes and > AgentSessionLimits.SummaryBytes)
        {
            return Failed(state, $"The summary has {bytes:N0} bytes; the limit is {AgentSessionLimits.SummaryBytes:N0} bytes.");
        }
        long version = state.Version + 1;
        long tokens = Math.Clamp(made.Tokens ?? TokenEstimate.Of(made.Text), 0, AgentSessionLimits.MaxTokens);
        return state with
        {
            Version = version,
            Summarized = state.Summarized + conversation.DeleteUpTo(run.UpTo),
            Summary = new SessionSummary(made.Text, tokens, run.UpTo, version),
            Run = null,
            SummaryError = null,
            FailedAt = null,
        };
    }

    public AgentSessionState Failed(AgentSessionState state, string error) =>
        state with { Run = null, SummaryError = Argument.Shorten(error), FailedAt = Now };

    /// <summary>Asks the workflow where it stands, if nothing was heard of it for long.</summary>
    public void Watch(AgentSessionState state)
    {
        if (state.Run is { } run && run.StartedAt <= Now - (long)WatchEvery.TotalMilliseconds)
        {
            context.Workflows.Query(run.Workflow, nameof(AgentSession.Stands));
        }
    }

    public void Stop(AgentSessionState state, string why)
    {
        if (state.Run is { } run)
        {
            context.Workflows.Terminate(run.Workflow, why);
        }
    }
}
