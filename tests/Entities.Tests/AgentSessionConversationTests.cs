using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class AgentSessionConversationTests : AgentSessionTest
{
    [Fact]
    public async Task Messages_of_all_roles_are_kept_in_order_with_all_that_they_came_with()
    {
        await Session.Append(SessionRole.System, Json("be brief"));
        await Session.Append(SessionRole.User, Json("weather?"), name: "ada");
        await Session.Append(SessionRole.Assistant, toolCalls: Json(new[] { new { id = "c1", function = "weather" } }));
        await Session.Append(SessionRole.Tool, Json(new { celsius = 21 }), toolCallId: "c1", name: "weather");
        await Host.HibernateAllAsync(rebuild: true);
        SessionMessage last = await Session.Append(SessionRole.Assistant, Json("21 °C"), tokens: 7);

        IReadOnlyList<SessionMessage> all = await Session.Messages();

        Assert.Equal([1L, 2, 3, 4, 5], all.Select(one => one.Id));
        Assert.Equal(
            [SessionRole.System, SessionRole.User, SessionRole.Assistant, SessionRole.Tool, SessionRole.Assistant],
            all.Select(one => one.Role));
        Assert.Equal(("ada", "c1", "weather"), (all[1].Name, all[3].ToolCallId, all[3].Name));
        Assert.Equal(21, all[3].Content!.Value.GetProperty("celsius").GetInt32());
        Assert.Equal("c1", all[2].ToolCalls!.Value[0].GetProperty("id").GetString());
        Assert.Null(all[2].Content);
        Assert.Equal((7L, Start), (last.Tokens, last.At));
        Assert.Equal((last.Id, "21 °C"), (all[4].Id, all[4].Content!.Value.GetString()));
    }

    [Theory]
    [InlineData("\"\"", 0)]
    [InlineData("\"abcd\"", 1)]
    [InlineData("\"abcde\"", 2)]
    [InlineData("{\"a\":[1]}", 3)]
    public async Task Tokens_that_nobody_counted_are_a_fourth_of_the_characters(string json, long tokens)
    {
        Assert.Equal(tokens, (await Session.Append(SessionRole.User, JsonSerializer.Deserialize<JsonElement>(json))).Tokens);
    }

    [Fact]
    public async Task Pages_go_back_from_the_newest()
    {
        await SayAsync(7);

        Assert.Equal([5L, 6, 7], (await Session.Messages(3)).Select(one => one.Id));
        Assert.Equal([2L, 3, 4], (await Session.Messages(3, before: 5)).Select(one => one.Id));
        Assert.Equal([1L], (await Session.Messages(500, before: 2)).Select(one => one.Id));
    }

    [Fact]
    public async Task Malformed_messages_are_refused_and_named()
    {
        await Expect.InvalidArgument(() => Session.Append((SessionRole)9, Json("x")), "'role'");
        await Expect.InvalidArgument(() => Session.Append(SessionRole.User), "'content'");
        await Expect.InvalidArgument(() => Session.Append(SessionRole.User, Json("x"), toolCalls: Json(new[] { 1 })), "'toolCalls'");
        await Expect.InvalidArgument(() => Session.Append(SessionRole.Assistant, toolCalls: Json(1)), "'toolCalls'");
        await Expect.InvalidArgument(() => Session.Append(SessionRole.Assistant, toolCalls: Json(Array.Empty<int>())), "'toolCalls'");
        await Expect.InvalidArgument(() => Session.Append(SessionRole.Tool, Json("x")), "'toolCallId'");
        await Expect.InvalidArgument(() => Session.Append(SessionRole.User, Json("x"), toolCallId: "c"), "'toolCallId'");
        await Expect.InvalidArgument(() => Session.Append(SessionRole.User, Json("x"), name: ""), "'name'");
        await Expect.InvalidArgument(() => Session.Append(SessionRole.User, Json("x"), tab: new string('x', 129)), "'tab'", "129", "128");
        await Expect.InvalidArgument(() => Session.Append(SessionRole.User, Json("x"), tokens: -1), "'tokens'");
        await Expect.InvalidArgument(
            () => Session.Append(SessionRole.User, Json("x"), tokens: AgentSessionLimits.MaxTokens + 1), "'tokens'");
        await Expect.InvalidArgument(() => Session.Append(SessionRole.User, Nested(33)), "'content'", "32");
        await Expect.InvalidArgument(
            () => Session.Append(SessionRole.User, Json(new string('x', AgentSessionLimits.MessageBytes - 1))), "'content'", "131,073");
        await Expect.InvalidArgument(
            () => Session.Append(SessionRole.Assistant, Json(new string('x', 70_000)), Json(new[] { new string('x', 70_000) })),
            "together");
        await Expect.InvalidArgument(() => Session.Messages(0), "'limit'");
        await Expect.InvalidArgument(() => Session.Messages(501), "'limit'");
        await Expect.InvalidArgument(() => Session.ContextAsync(0), "'tokenBudget'");
        Assert.False(Host.SummaryOf(Address).Exists);

        await Session.Append(SessionRole.User, Json(new string('x', AgentSessionLimits.MessageBytes - 2)));
        await Session.Append(SessionRole.User, Nested(32));
        Assert.Equal(2, (await Session.Messages()).Count);
    }

    [Fact]
    public async Task Of_two_who_answer_the_same_message_one_is_refused()
    {
        await Session.Append(SessionRole.User, Json("hello"), after: 0);
        await Session.Append(SessionRole.Assistant, Json("hi"), after: 1);

        await Expect.Refusal(
            409, AgentSession.VersionConflict, () => Session.Append(SessionRole.Assistant, Json("hey"), after: 1), "2", "1");
        await Expect.Refusal(409, AgentSession.VersionConflict, () => Session.Append(SessionRole.User, Json("new"), after: 0));

        Assert.Equal(2, (await Session.Status()).Version);
    }

    [Fact]
    public async Task Past_its_budget_a_conversation_loses_the_oldest_but_no_system_message()
    {
        await Session.Configure(tokenBudget: 100, keepNewest: 2);
        await Session.Append(SessionRole.System, Json("rules"), tokens: 40);
        await SayAsync(6, tokens: 10);
        Assert.Equal(7, (await Session.Messages()).Count);

        await SayAsync(1, tokens: 10);

        Assert.Equal([2L, 4, 5, 6, 7, 8, 9], (await Session.Messages()).Select(one => one.Id));
        SessionStatus status = await Session.Status();
        Assert.Equal((7, 100L, 1L), (status.Messages, status.Tokens, status.Trimmed));
    }

    [Fact]
    public async Task The_newest_stay_even_if_they_are_past_the_budget()
    {
        await Session.Configure(tokenBudget: 10, keepNewest: 3);
        await SayAsync(6, tokens: 50);
        Assert.Equal([5L, 6, 7], (await Session.Messages()).Select(one => one.Id));
    }

    [Fact]
    public async Task A_tools_answer_is_never_left_without_its_call()
    {
        await Session.Configure(tokenBudget: 30, keepNewest: 1);
        await Session.Append(SessionRole.User, Json("q"), tokens: 10);
        await Session.Append(SessionRole.Assistant, toolCalls: Json(new[] { 1 }), tokens: 10);
        await Session.Append(SessionRole.Tool, Json("a"), toolCallId: "1", tokens: 10);
        await Session.Append(SessionRole.Assistant, Json("so"), tokens: 20);

        // To cut the question and the call would be enough, but leaves the answer.
        Assert.Equal([5L], (await Session.Messages()).Select(one => one.Id));
    }

    [Fact]
    public async Task A_context_is_the_system_messages_and_the_newest_that_fit()
    {
        await Session.Append(SessionRole.System, Json("rules"), tokens: 10);
        await Session.Append(SessionRole.User, Json("q"), tokens: 10);
        await Session.Append(SessionRole.Assistant, toolCalls: Json(new[] { 1 }), tokens: 10);
        await Session.Append(SessionRole.Tool, Json("a"), toolCallId: "1", tokens: 10);
        await Session.Append(SessionRole.Assistant, Json("so"), tokens: 10);

        Assert.Equal([1L, 2, 3, 4, 5], await ContextAsync(null, tokens: 50, omitted: 0));
        Assert.Equal([1L, 2, 3, 4, 5], await ContextAsync(50, tokens: 50, omitted: 0));
        Assert.Equal([1L, 3, 4, 5], await ContextAsync(49, tokens: 40, omitted: 1));
        Assert.Equal([1L, 5], await ContextAsync(39, tokens: 20, omitted: 3));
        Assert.Equal([1L, 5], await ContextAsync(20, tokens: 20, omitted: 3));
        Assert.Equal([1L], await ContextAsync(19, tokens: 10, omitted: 4));
        Assert.Equal([1L], await ContextAsync(1, tokens: 10, omitted: 4));
    }

    [Fact]
    public async Task A_session_without_settings_refuses_what_is_past_its_limits_once_nothing_may_be_trimmed()
    {
        await Session.Configure(keepNewest: 500);
        string large = new('x', AgentSessionLimits.MessageBytes - 2);
        // What surrounds a message counts, too.
        const int Fitting = (AgentSessionLimits.SessionBytes / AgentSessionLimits.MessageBytes) - 1;
        for (int i = 0; i < Fitting; i++)
        {
            await Session.Append(SessionRole.User, Json(large));
        }
        string rest = new('x', AgentSessionLimits.SessionBytes - (Fitting * (AgentSessionLimits.MessageBytes + 200)) - 200 - 2);
        await Expect.Refusal(
            409, AgentSession.TooManyMessages, () => Session.Append(SessionRole.User, Json(rest + "x")), "4,194,305", "4,194,304");
        await Session.Append(SessionRole.User, Json(rest));
        await Expect.Refusal(409, AgentSession.TooManyMessages, () => Session.Append(SessionRole.User, Json("x")), "4,194,304");

        await Session.Configure(keepNewest: 1);
        await Session.Append(SessionRole.User, Json("x"));
        Assert.Equal(1, (await Session.Status()).Trimmed);
    }

    [Fact]
    public async Task A_session_has_room_for_2000_messages()
    {
        await SayAsync(AgentSessionLimits.MaxMessages);
        Assert.Equal(0, (await Session.Status()).Trimmed);
        await SayAsync(1);
        SessionStatus status = await Session.Status();
        Assert.Equal((AgentSessionLimits.MaxMessages, 1L), (status.Messages, status.Trimmed));

        await using TestHost other = HostOf();
        IAgentSession full = other.Objects.Get<IAgentSession>("full");
        for (int i = 0; i < AgentSessionLimits.MaxMessages; i++)
        {
            await full.Append(SessionRole.System, Json("x"));
        }
        await Expect.Refusal(409, AgentSession.TooManyMessages, () => full.Append(SessionRole.System, Json("x")), "2,001", "2,000");
    }

    [Fact]
    public async Task Settings_are_bounded()
    {
        await Expect.InvalidArgument(() => Session.Configure(tokenBudget: 0), "'tokenBudget'");
        await Expect.InvalidArgument(() => Session.Configure(tokenBudget: AgentSessionLimits.MaxTokens + 1), "'tokenBudget'");
        await Expect.InvalidArgument(() => Session.Configure(keepNewest: 0), "'keepNewest'");
        await Expect.InvalidArgument(() => Session.Configure(keepNewest: 501), "'keepNewest'");
        await Expect.InvalidArgument(() => Session.Configure(idleSeconds: 0), "'idleSeconds'");
        await Expect.InvalidArgument(() => Session.Configure(idleSeconds: AgentSessionLimits.MaxIdleSeconds + 1), "'idleSeconds'");
        await Expect.InvalidArgument(() => Session.Configure(whenExceeded: (WhenExceeded)5), "'whenExceeded'");
        await Expect.InvalidArgument(() => Session.Configure(whenExceeded: WhenExceeded.Summarize), "'tokenBudget'");
        await Session.Configure(AgentSessionLimits.MaxTokens, WhenExceeded.Summarize, 500, AgentSessionLimits.MaxIdleSeconds);
    }

    private async Task<IEnumerable<long>> ContextAsync(long? budget, long tokens, int omitted)
    {
        SessionContext context = await Session.ContextAsync(budget);
        Assert.Equal((tokens, omitted), (context.Tokens, context.Omitted));
        return context.Messages.Select(one => one.Id);
    }
}
