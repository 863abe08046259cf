using DurableObjects.Harness;
using DurableObjects.Workflows;

namespace DurableObjects.Entities.Tests;

public sealed class AgentSessionSummaryTests : AgentSessionTest
{
    [Fact]
    public async Task Past_its_budget_a_conversation_is_summarized_by_the_applications_own_activity()
    {
        await Session.Configure(tokenBudget: 100, WhenExceeded.Summarize, keepNewest: 2);
        await Session.Append(SessionRole.System, Json("rules"), tokens: 10);
        await SayAsync(10, tokens: 10);

        Assert.Equal(["m1 m2 m3 m4 m5 m6 m7 m8"], Summaries.Made);
        SessionStatus status = await Session.Status();
        Assert.Equal((3, 8L, null, null), (status.Messages, status.Summarized, status.Summarizing, status.SummaryError));
        SessionContext context = await Session.ContextAsync();
        Assert.Equal(["rules", "m1 m2 m3 m4 m5 m6 m7 m8", "m9", "m10"], context.Messages.Select(one => one.Content!.Value.GetString()));
        Assert.Equal([2L, 0, 11, 12], context.Messages.Select(one => one.Id));
        Assert.Equal(10 + 6 + 20, context.Tokens);
    }

    [Fact]
    public async Task What_arrives_while_a_summary_is_made_is_not_lost()
    {
        await Session.Configure(tokenBudget: 100, WhenExceeded.Summarize, keepNewest: 2);
        Host.DeliversAutomatically = false;
        await SayAsync(11, tokens: 10);
        Assert.NotNull((await Session.Status()).Summarizing);
        await Session.Append(SessionRole.User, Json("meanwhile"), tokens: 10);
        await Host.HibernateAllAsync(rebuild: true);
        Assert.Equal(12, (await Session.Messages()).Count);

        await Host.DeliverAsync();

        Assert.Equal(
            ["m1 m2 m3 m4 m5 m6 m7 m8 m9", "m10", "m11", "meanwhile"],
            (await Session.ContextAsync()).Messages.Select(one => one.Content!.Value.GetString()));
        Assert.Single(Summaries.Made);
    }

    [Fact]
    public async Task A_later_summary_has_the_earlier_one_in_it()
    {
        await Session.Configure(tokenBudget: 100, WhenExceeded.Summarize, keepNewest: 2);
        await SayAsync(20, tokens: 10);

        Assert.Equal(2, Summaries.Made.Count);
        Assert.StartsWith($"[{Summaries.Made[0]}] m10", Summaries.Made[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_summary_that_fails_leaves_the_conversation_whole_and_is_tried_again_later()
    {
        Summaries.Error = "the model is away";
        await Session.Configure(tokenBudget: 100, WhenExceeded.Summarize, keepNewest: 2);
        await SayAsync(11, tokens: 10);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(30));

        SessionStatus status = await Session.Status();
        Assert.Equal((11, null, 0L), (status.Messages, status.Summarizing, status.Summarized));
        Assert.Contains("the model is away", status.SummaryError, StringComparison.Ordinal);
        Assert.Equal(3, Summaries.Attempts);

        await SayAsync(1, tokens: 10);
        Assert.Null((await Session.Status()).Summarizing);
        Summaries.Error = null;
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await SayAsync(1, tokens: 10);

        status = await Session.Status();
        Assert.Equal((2, null, 11L), (status.Messages, status.SummaryError, status.Summarized));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("too long", "32,768")]
    public async Task A_summary_that_cannot_be_used_is_none(string text, string why)
    {
        Summaries.Text = text == "too long" ? new string('x', AgentSessionLimits.SummaryBytes + 1) : text;
        await Session.Configure(tokenBudget: 10, WhenExceeded.Summarize, keepNewest: 1);
        await SayAsync(3, tokens: 10);

        SessionStatus status = await Session.Status();
        Assert.Equal((3, 0L), (status.Messages, status.Summarized));
        Assert.Contains(why, status.SummaryError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task To_configure_anew_tries_a_failed_summary_at_once()
    {
        Summaries.Text = "";
        await Session.Configure(tokenBudget: 10, WhenExceeded.Summarize, keepNewest: 1);
        await SayAsync(3, tokens: 10);
        Summaries.Text = "ok";
        await Session.Configure(tokenBudget: 10, WhenExceeded.Summarize, keepNewest: 1);
        Assert.Equal(2, (await Session.Status()).Summarized);
    }

    [Fact]
    public async Task A_summary_whose_end_was_lost_is_asked_for_and_made_again()
    {
        Host.DeliversAutomatically = false;
        await Session.Configure(tokenBudget: 10, WhenExceeded.Summarize, keepNewest: 1);
        await SayAsync(3, tokens: 10);
        ObjectAddress workflow = ObjectAddress.OfName("workflow", (await Session.Status()).Summarizing!);
        await Host.DeliverAsync(1);
        await Host.PurgeAsync(workflow, CancellationToken.None);
        Host.DeliversAutomatically = true;

        await Host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Contains("not there", (await Session.Status()).SummaryError, StringComparison.Ordinal);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await SayAsync(1, tokens: 10);
        Assert.Equal(3, (await Session.Status()).Summarized);
    }

    [Fact]
    public async Task That_the_workflow_of_an_earlier_summary_is_not_there_any_more_ends_no_later_one()
    {
        Host.DeliversAutomatically = false;
        await Session.Configure(tokenBudget: 10, WhenExceeded.Summarize, keepNewest: 1);
        await SayAsync(3, tokens: 10);
        string earlier = (await Session.Status()).Summarizing!;
        await Session.Clear();
        await SayAsync(3, tokens: 10);
        string later = (await Session.Status()).Summarizing!;
        await Host.AdvanceAsync(TimeSpan.FromHours(1));

        await Answers(earlier).Stands(null);
        Assert.Equal(later, (await Session.Status()).Summarizing);
        await Answers(later).Stands(null);
        Assert.Null((await Session.Status()).Summarizing);

        IAgentSummaries Answers(string workflow) =>
            Host.Objects.Get<IAgentSummaries>(Address, Caller.Of($"workflow:{workflow}", Caller.Workflow));
    }

    [Fact]
    public async Task A_cleared_conversation_takes_no_summary_of_what_was()
    {
        Host.DeliversAutomatically = false;
        await Session.Configure(tokenBudget: 10, WhenExceeded.Summarize, keepNewest: 1);
        await Session.Append(SessionRole.System, Json("rules"), tokens: 1);
        await SayAsync(3, tokens: 10);
        await Session.Put("ui", Json(1), 0);
        await Session.Clear();
        await Host.DeliverAsync();

        SessionStatus status = await Session.Status();
        Assert.Equal((1, 0L, null), (status.Messages, status.Summarized, status.Summarizing));
        Assert.Equal(["rules"], (await Session.ContextAsync()).Messages.Select(one => one.Content!.Value.GetString()));
        Assert.Equal(1, (await Session.Get("ui")).Value!.Value.GetInt32());
        Assert.Equal(0, (await Session.Clear(withSystem: true)).Messages);
    }

    [Fact]
    public async Task Without_an_activity_of_the_applications_the_summary_is_a_digest()
    {
        await using TestHost plain = HostOf(typeof(SummarizeConversation), typeof(ConversationDigest));
        IAgentSession session = plain.Objects.Get<IAgentSession>("ada");
        await session.Configure(tokenBudget: 400, WhenExceeded.Summarize, keepNewest: 1);
        await session.Append(SessionRole.User, Json("What is\n the  weather? " + string.Concat(Enumerable.Repeat("please ", 100))));
        await session.Append(SessionRole.Assistant, toolCalls: Json(new[] { "weather" }));
        await session.Append(SessionRole.Tool, Json(new { celsius = 21 }), toolCallId: "1", name: "weather");
        await session.Append(SessionRole.Assistant, Json(new string('y', 400)), tokens: 300);
        await session.Append(SessionRole.User, Json("Thanks"));

        string text = (await session.Changes()).Summary!.Text;
        string[] lines = text.Split('\n');
        Assert.StartsWith("user: What is the weather? please", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("please …", lines[0], StringComparison.Ordinal);
        Assert.Equal("assistant: calls [\"weather\"]", lines[1]);
        Assert.Equal("tool (weather): {\"celsius\":21}", lines[2]);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public async Task Summaries_are_taken_from_workflows_alone()
    {
        WorkflowStatus ended = new("w", SummarizeConversation.Name, WorkflowState.Completed, Start);
        string scheduler = $"object:scheduler/{ObjectId.FromName("scheduler", "jobs")}";
        foreach (Caller other in (Caller[])[Caller.Anonymous, Caller.Of(scheduler, Caller.Object)])
        {
            IAgentSummaries summaries = Host.Objects.Get<IAgentSummaries>(Address, other);
            await Expect.Refusal(403, ErrorCodes.Forbidden, () => summaries.Summarized(ended));
            await Expect.Refusal(403, ErrorCodes.Forbidden, () => summaries.Stands(null));
        }
    }

    [Fact]
    public async Task Names_count_for_the_bytes_of_a_summarys_messages()
    {
        Summaries.Text = "ok";
        await Session.Configure(tokenBudget: 10_000, WhenExceeded.Summarize, keepNewest: 1);
        for (int i = 0; i < 1_100; i++)
        {
            await Session.Append(SessionRole.User, Json(new string('x', 400)), name: new string('\u0001', 128), tokens: 10);
        }
        Assert.NotEmpty(Summaries.Made);
        Assert.Null((await Session.Status()).SummaryError);
    }
}

/// <summary>What only workflows may call.</summary>
public interface IAgentSummaries
{
    Task Summarized(WorkflowStatus status);

    Task Stands(WorkflowStatus? status);
}
