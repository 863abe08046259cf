using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using DurableObjects.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Entities.Tests;

public sealed class AgentSessionTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    private readonly Summaries _summaries = new();
    private readonly TestHost _host;
    private int _said;

    public AgentSessionTests() => _host = HostOf(_summaries, typeof(SummarizeConversation), typeof(ConversationDigest), typeof(OwnSummary));

    private IAgentSession Session => _host.Objects.Get<IAgentSession>("ada");

    private ObjectAddress Address => _host.Address<IAgentSession>("ada");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Messages_of_all_roles_are_kept_in_order_with_all_that_they_came_with()
    {
        await Session.Append(SessionRole.System, Json("be brief"));
        await Session.Append(SessionRole.User, Json("weather?"), name: "ada");
        await Session.Append(SessionRole.Assistant, toolCalls: Json(new[] { new { id = "c1", function = "weather" } }));
        await Session.Append(SessionRole.Tool, Json(new { celsius = 21 }), toolCallId: "c1", name: "weather");
        await _host.HibernateAllAsync(rebuild: true);
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
        Assert.False(_host.SummaryOf(Address).Exists);

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

        await using TestHost other = HostOf(_summaries);
        IAgentSession full = other.Objects.Get<IAgentSession>("full");
        for (int i = 0; i < AgentSessionLimits.MaxMessages; i++)
        {
            await full.Append(SessionRole.System, Json("x"));
        }
        await Expect.Refusal(409, AgentSession.TooManyMessages, () => full.Append(SessionRole.System, Json("x")), "2,001", "2,000");
    }

    [Fact]
    public async Task Past_its_budget_a_conversation_is_summarized_by_the_applications_own_activity()
    {
        await Session.Configure(tokenBudget: 100, WhenExceeded.Summarize, keepNewest: 2);
        await Session.Append(SessionRole.System, Json("rules"), tokens: 10);
        await SayAsync(10, tokens: 10);

        Assert.Equal(["m1 m2 m3 m4 m5 m6 m7 m8"], _summaries.Made);
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
        _host.DeliversAutomatically = false;
        await SayAsync(11, tokens: 10);
        Assert.NotNull((await Session.Status()).Summarizing);
        await Session.Append(SessionRole.User, Json("meanwhile"), tokens: 10);
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal(12, (await Session.Messages()).Count);

        await _host.DeliverAsync();

        Assert.Equal(
            ["m1 m2 m3 m4 m5 m6 m7 m8 m9", "m10", "m11", "meanwhile"],
            (await Session.ContextAsync()).Messages.Select(one => one.Content!.Value.GetString()));
        Assert.Single(_summaries.Made);
    }

    [Fact]
    public async Task A_later_summary_has_the_earlier_one_in_it()
    {
        await Session.Configure(tokenBudget: 100, WhenExceeded.Summarize, keepNewest: 2);
        await SayAsync(20, tokens: 10);

        Assert.Equal(2, _summaries.Made.Count);
        Assert.StartsWith($"[{_summaries.Made[0]}] m10", _summaries.Made[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_summary_that_fails_leaves_the_conversation_whole_and_is_tried_again_later()
    {
        _summaries.Error = "the model is away";
        await Session.Configure(tokenBudget: 100, WhenExceeded.Summarize, keepNewest: 2);
        await SayAsync(11, tokens: 10);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(30));

        SessionStatus status = await Session.Status();
        Assert.Equal((11, null, 0L), (status.Messages, status.Summarizing, status.Summarized));
        Assert.Contains("the model is away", status.SummaryError, StringComparison.Ordinal);
        Assert.Equal(3, _summaries.Attempts);

        await SayAsync(1, tokens: 10);
        Assert.Null((await Session.Status()).Summarizing);
        _summaries.Error = null;
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await SayAsync(1, tokens: 10);

        status = await Session.Status();
        Assert.Equal((2, null, 11L), (status.Messages, status.SummaryError, status.Summarized));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("too long", "32,768")]
    public async Task A_summary_that_cannot_be_used_is_none(string text, string why)
    {
        _summaries.Text = text == "too long" ? new string('x', AgentSessionLimits.SummaryBytes + 1) : text;
        await Session.Configure(tokenBudget: 10, WhenExceeded.Summarize, keepNewest: 1);
        await SayAsync(3, tokens: 10);

        SessionStatus status = await Session.Status();
        Assert.Equal((3, 0L), (status.Messages, status.Summarized));
        Assert.Contains(why, status.SummaryError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task To_configure_anew_tries_a_failed_summary_at_once()
    {
        _summaries.Text = "";
        await Session.Configure(tokenBudget: 10, WhenExceeded.Summarize, keepNewest: 1);
        await SayAsync(3, tokens: 10);
        _summaries.Text = "ok";
        await Session.Configure(tokenBudget: 10, WhenExceeded.Summarize, keepNewest: 1);
        Assert.Equal(2, (await Session.Status()).Summarized);
    }

    [Fact]
    public async Task A_summary_whose_end_was_lost_is_asked_for_and_made_again()
    {
        _host.DeliversAutomatically = false;
        await Session.Configure(tokenBudget: 10, WhenExceeded.Summarize, keepNewest: 1);
        await SayAsync(3, tokens: 10);
        ObjectAddress workflow = ObjectAddress.OfName("workflow", (await Session.Status()).Summarizing!);
        await _host.DeliverAsync(1);
        await _host.PurgeAsync(workflow, CancellationToken.None);
        _host.DeliversAutomatically = true;

        await _host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Contains("not there", (await Session.Status()).SummaryError, StringComparison.Ordinal);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await SayAsync(1, tokens: 10);
        Assert.Equal(3, (await Session.Status()).Summarized);
    }

    [Fact]
    public async Task A_cleared_conversation_takes_no_summary_of_what_was()
    {
        _host.DeliversAutomatically = false;
        await Session.Configure(tokenBudget: 10, WhenExceeded.Summarize, keepNewest: 1);
        await Session.Append(SessionRole.System, Json("rules"), tokens: 1);
        await SayAsync(3, tokens: 10);
        await Session.Put("ui", Json(1), 0);
        await Session.Clear();
        await _host.DeliverAsync();

        SessionStatus status = await Session.Status();
        Assert.Equal((1, 0L, null), (status.Messages, status.Summarized, status.Summarizing));
        Assert.Equal(["rules"], (await Session.ContextAsync()).Messages.Select(one => one.Content!.Value.GetString()));
        Assert.Equal(1, (await Session.Get("ui")).Value!.Value.GetInt32());
        Assert.Equal(0, (await Session.Clear(withSystem: true)).Messages);
    }

    [Fact]
    public async Task Without_an_activity_of_the_applications_the_summary_is_a_digest()
    {
        await using TestHost plain = HostOf(_summaries, typeof(SummarizeConversation), typeof(ConversationDigest));
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
    public async Task Nobody_but_a_workflow_may_hand_in_a_summary()
    {
        IAgentSummaries stub = _host.Objects.Get<IAgentSummaries>(Address, Caller.Anonymous);
        WorkflowStatus status = new("w", SummarizeConversation.Name, WorkflowState.Completed, Start);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => stub.Summarized(status));
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => stub.Stands(null));
    }

    [Fact]
    public async Task A_document_is_written_by_whoever_knows_its_version()
    {
        Assert.Equal(new SessionDocument("ui", 0, null, null, null), await Session.Get("ui"));
        SessionDocument first = await Session.Put("ui", Json(new { theme = "dark" }), 0, tab: "a");
        Assert.Equal((1L, "a", Start), (first.Version, first.Tab, first.At));
        await Session.Put("user", Json("de"), 0);
        SessionDocument second = await Session.Put("ui", Json(new { theme = "light" }), 1, tab: "b");
        Assert.Equal(3, second.Version);

        await Expect.Refusal(409, AgentSession.VersionConflict, () => Session.Put("ui", Json("x"), 1), "'ui'", "version 3", "not 1");
        await Expect.Refusal(409, AgentSession.VersionConflict, () => Session.Put("ui", Json("x"), 0));
        await Expect.Refusal(409, AgentSession.VersionConflict, () => Session.Patch("ui", Json("x"), 2));
        await _host.HibernateAllAsync(rebuild: true);

        Assert.Equal("light", (await Session.Get("ui")).Value!.Value.GetProperty("theme").GetString());
        Assert.Equal(new Dictionary<string, long> { ["ui"] = 3, ["user"] = 2 }, (await Session.Status()).Sections);
    }

    [Fact]
    public async Task What_changes_nothing_moves_no_version_and_is_not_pushed()
    {
        await Session.Put("ui", Json(new { a = 1 }), 0);
        TestSocket tab = await ConnectAsync("x");
        Assert.Equal(1, (await Session.Put("ui", Json(new { a = 1 }), 1)).Version);
        Assert.Equal(1, (await Session.Patch("ui", Json(new { b = (string?)null }))).Version);
        Assert.Equal(["session"], tab.Received.Select(one => one.Target));
        Assert.Equal(1, (await Session.Status()).Version);
    }

    // The cases of RFC 7396, appendix A.
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", """{}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"a":"foo"}""", """null""", """null""")]
    [InlineData("""{"a":"foo"}""", "\"bar\"", "\"bar\"")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    [InlineData("""{"ä":"ö","ä":"ü"}""", """{"ß":"€"}""", """{"ä":"ü","ß":"€"}""")]
    public async Task A_patch_is_a_JSON_merge_patch(string document, string patch, string result)
    {
        await Session.Put("ui", JsonSerializer.Deserialize<JsonElement>(document), 0);
        JsonElement? patched = (await Session.Patch("ui", JsonSerializer.Deserialize<JsonElement>(patch))).Value;
        Assert.Equal(result, JsonSerializer.Serialize(patched, ObjectJson.Options));
        Assert.Equal(result, JsonSerializer.Serialize((await Session.Get("ui")).Value, ObjectJson.Options));
    }

    [Fact]
    public async Task A_patch_makes_a_document_that_was_not_there()
    {
        Assert.Equal(1, (await Session.Patch("sync", Json(new { done = 3 }))).Version);
        Assert.Equal(3, (await Session.Get("sync")).Value!.Value.GetProperty("done").GetInt32());
    }

    [Fact]
    public async Task Documents_are_bounded()
    {
        await Expect.InvalidArgument(() => Session.Put("", Json(1), 0), "'section'");
        await Expect.InvalidArgument(() => Session.Put(new string('x', 129), Json(1), 0), "'section'", "129");
        await Expect.InvalidArgument(() => Session.Put("a", Json(1), -1), "'expectedVersion'");
        await Expect.InvalidArgument(
            () => Session.Put("a", Json(new string('x', AgentSessionLimits.DocumentBytes - 1)), 0), "'value'", "65,537");
        await Expect.InvalidArgument(() => Session.Put("a", Nested(33), 0), "'value'", "32");
        await Expect.InvalidArgument(() => Session.Patch("a", Nested(33)), "'patch'", "32");
        await Session.Put("a", Json(new { x = new string('x', 60_000) }), 0);
        await Expect.InvalidArgument(() => Session.Patch("a", Json(new { y = new string('y', 6_000) })), "the patched document");
        await Expect.InvalidArgument(() => Session.Changes(-1), "'sinceVersion'");
        for (int i = 1; i < AgentSessionLimits.MaxSections; i++)
        {
            await Session.Put($"section {i}", Nested(32), 0);
        }
        await Expect.Refusal(409, AgentSession.TooManySections, () => Session.Put("one more", Json(1), 0), "32");
        await Session.Put("a", Json(new string('x', AgentSessionLimits.DocumentBytes - 2)), 1);
        Assert.Equal(AgentSessionLimits.MaxSections, (await Session.Changes()).Documents.Count);
    }

    [Theory]
    [InlineData(SessionRole.User)]
    [InlineData(SessionRole.Tool)]
    public async Task A_full_session_fits_one_answer(SessionRole role)
    {
        await Session.Configure(keepNewest: 1);
        string filler = new('\u0001', 300);
        for (int i = 0; i < AgentSessionLimits.MaxSections; i++)
        {
            await Session.Put($"{i}", Json(new string('x', AgentSessionLimits.DocumentBytes - 2)), 0);
        }
        string longest = new('\u0001', AgentSessionLimits.NameCharacters);
        await Session.Append(SessionRole.User, Json(filler));
        long first = (await Session.Status()).Bytes;
        await AppendAsync();
        long each = (await Session.Status()).Bytes - first;
        for (long bytes = first + each; bytes + each <= AgentSessionLimits.SessionBytes; bytes += each)
        {
            await AppendAsync();
        }
        SessionStatus status = await Session.Status();
        Assert.True(status.Bytes > AgentSessionLimits.SessionBytes * 0.8, $"{status.Bytes}");
        Assert.Equal(status.Messages, (await Session.Changes()).Messages.Count);
        Assert.Equal(status.Messages, (await Session.ContextAsync()).Messages.Count);
        Assert.Equal(500, (await Session.Messages(500)).Count);

        Task<SessionMessage> AppendAsync() =>
            Session.Append(role, Json(filler), toolCallId: role == SessionRole.Tool ? longest : null, name: longest);
    }

    [Fact]
    public async Task Every_change_is_pushed_to_every_tab_with_a_version_that_follows()
    {
        TestSocket one = await ConnectAsync("one");
        TestSocket two = await ConnectAsync("two");
        await _host.HibernateAllAsync(rebuild: true);

        await Session.Configure(tokenBudget: 100, tab: "one");
        await Session.Put("ui", Json("dark"), 0, tab: "one");
        await Session.Append(SessionRole.User, Json("hi"), tab: "two");
        Assert.Null((await two.SendAsync(new { section = "sync", patch = new { done = 1 } })).Error);
        await Session.Clear(tab: "one");

        Assert.Equal(["session", "shortened", "changed", "appended", "changed", "shortened"], one.Received.Select(got => got.Target));
        Assert.Equal(one.Received, two.Received);
        Assert.Equal("""[{"startedAt":null,"version":0}]""", one.Received[0].Arguments);
        Assert.Equal([1L, 2, 3, 4, 5], one.Received.Skip(1).Select(got => Parse(got).GetProperty("version").GetInt64()));
        Assert.Equal(
            """[{"section":"ui","version":2,"value":"dark","tab":"one","at":"2030-01-01T00:00:00+00:00"}]""", one.Received[2].Arguments);
        Assert.Equal("two", Parse(one.Received[3]).GetProperty("tab").GetString());
        Assert.Equal("two", Parse(one.Received[4]).GetProperty("tab").GetString());
    }

    [Fact]
    public async Task A_socket_names_its_tab_and_sends_patches()
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => _host.ConnectAsync(Address));
        Assert.Contains("'?tab='", error.Message, StringComparison.Ordinal);
        TestSocket tab = await ConnectAsync("a");
        Assert.Equal(ErrorCodes.InvalidArgument, (await tab.SendAsync("hello")).Error?.Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await tab.SendAsync(new { patch = 1 })).Error?.Code);
        Assert.Null((await tab.SendAsync(new { section = "ui", patch = new { a = 1 }, expectedVersion = 0 })).Error);
        Assert.Equal(
            AgentSession.VersionConflict,
            (await tab.SendAsync(new { section = "ui", patch = new { a = 2 }, expectedVersion = 0 })).Error?.Code);
    }

    [Fact]
    public async Task A_tab_that_was_away_catches_up()
    {
        await Session.Put("ui", Json(1), 0);
        await Session.Put("user", Json(2), 0);
        await Session.Append(SessionRole.User, Json("hi"));
        SessionChanges all = await Session.Changes();
        Assert.Equal((Start, 0L, 3L, 3L), (all.StartedAt, all.Since, all.Version, all.FirstMessage));
        Assert.Equal(["ui", "user"], all.Documents.Select(one => one.Section));
        Assert.Single(all.Messages);

        await Session.Put("ui", Json(3), 1);
        SessionChanges some = await Session.Changes(3, Start);
        Assert.Equal((3L, 4L), (some.Since, some.Version));
        Assert.Equal(("ui", 3), (some.Documents.Single().Section, some.Documents.Single().Value!.Value.GetInt32()));
        Assert.Empty(some.Messages);

        Assert.Equal(0, (await Session.Changes(5)).Since);
        Assert.Equal(2, (await Session.Changes(3, Start.AddSeconds(1))).Documents.Count);
        SessionStatus status = await Session.Status();
        Assert.Equal(new Dictionary<string, long> { ["ui"] = 4, ["user"] = 2 }, status.Sections);
        Assert.Equal(
            new SessionStatus(Start, 4, SessionSettings.Default, 1, 1, 204, 0, 0, null, null, status.Sections, 0, null), status);
    }

    [Fact]
    public async Task An_idle_session_ends_itself_to_the_millisecond()
    {
        await Session.Configure(idleSeconds: 60);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(50));
        await Session.Append(SessionRole.User, Json("hi"));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(59.999));
        Assert.Single(await Session.Messages());
        Assert.Equal(Start.AddSeconds(110), (await Session.Status()).ExpiresAt);

        await _host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        Assert.False(_host.SummaryOf(Address).Exists);
        Assert.Equal(0, (await Session.Status()).Version);
    }

    [Fact]
    public async Task A_session_past_its_time_is_gone_before_its_alarm_comes()
    {
        await Session.Configure(tokenBudget: 5, idleSeconds: 60);
        await Session.Append(SessionRole.User, Json("hi"));
        await Session.Put("ui", Json(1), 0);
        _host.Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Empty(await Session.Messages());
        Assert.Empty((await Session.ContextAsync()).Messages);
        Assert.Null((await Session.Get("ui")).Value);
        Assert.Null((await Session.Status()).StartedAt);
        Assert.Empty((await Session.Changes()).Documents);
        Assert.Equal(1, (await Session.Patch("ui", Json(new { b = 2 }))).Version);
        SessionStatus status = await Session.Status();
        Assert.Equal((Start.AddSeconds(60), 0, SessionSettings.Default), (status.StartedAt, status.Messages, status.Settings));
        await _host.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal(1, (await Session.Status()).Version);
    }

    [Fact]
    public async Task A_session_does_not_expire_while_a_tab_is_connected()
    {
        await Session.Configure(idleSeconds: 60);
        TestSocket tab = await ConnectAsync("a");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(150));
        Assert.Equal(1, (await Session.Status()).Version);
        Assert.Null((await Session.Status()).ExpiresAt);

        await tab.CloseAsync();
        await _host.AdvanceAsync(TimeSpan.FromSeconds(59.999));
        Assert.Equal(1, (await Session.Status()).Version);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task A_tab_that_comes_too_late_finds_a_session_that_has_not_begun()
    {
        await Session.Configure(idleSeconds: 60);
        await Session.Append(SessionRole.User, Json("hi"));
        _host.Clock.Advance(TimeSpan.FromSeconds(60));
        TestSocket tab = await ConnectAsync("a");
        Assert.Equal("""[{"startedAt":null,"version":0}]""", tab.Received.Single().Arguments);
        Assert.Empty(await Session.Messages());
    }

    [Fact]
    public async Task A_session_that_was_returned_to_a_time_long_past_stays_for_one_idle_period()
    {
        await Session.Configure(idleSeconds: 60);
        await Session.Append(SessionRole.User, Json("hi"));
        ObjectRecovery recovery = new(_host);
        string earlier = (await recovery.ListAsync(Address, Caller.Runtime, CancellationToken.None)).Current;
        await _host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.False(_host.SummaryOf(Address).Exists);

        await recovery.RestoreAsync(Address, earlier, Caller.Runtime, CancellationToken.None);
        Assert.Single(await Session.Messages());
        await _host.TickAsync();
        Assert.Single(await Session.Messages());
        await _host.HibernateAllAsync(rebuild: true);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(59.999));
        Assert.Single(await Session.Messages());
        await _host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task A_returned_session_is_written_on_and_opened_before_its_alarm_comes()
    {
        await Session.Configure(idleSeconds: 60);
        await Session.Append(SessionRole.User, Json("hi"));
        ObjectRecovery recovery = new(_host);
        string earlier = (await recovery.ListAsync(Address, Caller.Runtime, CancellationToken.None)).Current;
        await _host.AdvanceAsync(TimeSpan.FromHours(1));
        await recovery.RestoreAsync(Address, earlier, Caller.Runtime, CancellationToken.None);

        TestSocket tab = await ConnectAsync("a");
        Assert.Equal(2, Parse(tab.Received.Single()).GetProperty("version").GetInt64());
        Assert.Equal(3, (await Session.Append(SessionRole.User, Json("again"))).Id);
        await _host.TickAsync();
        Assert.Equal(2, (await Session.Messages()).Count);
    }

    [Fact]
    public async Task An_alarm_that_is_a_little_late_ends_a_session_all_the_same()
    {
        await Session.Configure(idleSeconds: 60);
        _host.Clock.Advance(TimeSpan.FromSeconds(60) + AgentSessionLimits.Lateness - TimeSpan.FromMilliseconds(1));
        await _host.TickAsync();
        Assert.False(_host.SummaryOf(Address).Exists);

        await Session.Configure(idleSeconds: 60);
        _host.Clock.Advance(TimeSpan.FromSeconds(60) + AgentSessionLimits.Lateness);
        await _host.TickAsync();
        Assert.True(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task Summaries_are_taken_from_workflows_alone()
    {
        WorkflowStatus ended = new("w", SummarizeConversation.Name, WorkflowState.Completed, Start);
        string scheduler = $"object:scheduler/{ObjectId.FromName("scheduler", "jobs")}";
        foreach (Caller other in (Caller[])[Caller.Anonymous, Caller.Of(scheduler, Caller.Object)])
        {
            IAgentSummaries summaries = _host.Objects.Get<IAgentSummaries>(Address, other);
            await Expect.Refusal(403, ErrorCodes.Forbidden, () => summaries.Summarized(ended));
            await Expect.Refusal(403, ErrorCodes.Forbidden, () => summaries.Stands(null));
        }
    }

    [Fact]
    public async Task Names_count_for_the_bytes_of_a_summarys_messages()
    {
        _summaries.Text = "ok";
        await Session.Configure(tokenBudget: 10_000, WhenExceeded.Summarize, keepNewest: 1);
        for (int i = 0; i < 1_100; i++)
        {
            await Session.Append(SessionRole.User, Json(new string('x', 400)), name: new string('\u0001', 128), tokens: 10);
        }
        Assert.NotEmpty(_summaries.Made);
        Assert.Null((await Session.Status()).SummaryError);
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

    private static TestHost HostOf(Summaries summaries, params Type[] workflows) => new(
        [typeof(AgentSession)], services => services.AddSingleton(summaries),
        workflows: workflows);

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, ObjectJson.Options);

    private static JsonElement Nested(int levels) =>
        JsonSerializer.Deserialize<JsonElement>(new string('[', levels) + new string(']', levels));

    private static JsonElement Parse(SocketReceipt receipt) => JsonSerializer.Deserialize<JsonElement>(receipt.Arguments)[0];

    private async Task<IEnumerable<long>> ContextAsync(long? budget, long tokens, int omitted)
    {
        SessionContext context = await Session.ContextAsync(budget);
        Assert.Equal((tokens, omitted), (context.Tokens, context.Omitted));
        return context.Messages.Select(one => one.Id);
    }

    private Task<TestSocket> ConnectAsync(string tab) => _host.ConnectAsync(Address, new Dictionary<string, string> { ["tab"] = tab });

    private async Task SayAsync(int count, long tokens = 1)
    {
        for (int i = 0; i < count; i++)
        {
            await Session.Append(SessionRole.User, Json($"m{++_said}"), tokens: tokens);
        }
    }
}

/// <summary>What only workflows may call.</summary>
public interface IAgentSummaries
{
    Task Summarized(WorkflowStatus status);

    Task Stands(WorkflowStatus? status);
}

/// <summary>How <see cref="OwnSummary"/> goes, and what it did.</summary>
public sealed class Summaries
{
    public List<string> Made { get; } = [];

    public int Attempts { get; set; }

    public string? Error { get; set; }

    public string? Text { get; set; }
}

/// <summary>An application's own activity in the place of the default.</summary>
[Activity(ConversationDigest.Name)]
public sealed class OwnSummary(Summaries summaries) : Activity<SummaryRequest, ConversationSummary>
{
    protected override Task<ConversationSummary> RunAsync(ActivityContext context, SummaryRequest input)
    {
        ArgumentNullException.ThrowIfNull(input);
        summaries.Attempts++;
        if (summaries.Error is { } error)
        {
            throw new InvalidOperationException(error);
        }
        string said = string.Join(' ', input.Messages.Select(one => one.Content!.Value.GetString()));
        summaries.Made.Add(input.Earlier is null ? said : $"[{input.Earlier}] {said}");
        return Task.FromResult(new ConversationSummary(summaries.Text ?? summaries.Made[^1]));
    }
}
