using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class AgentSessionTabTests : AgentSessionTest
{
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
        await Host.HibernateAllAsync(rebuild: true);

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
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => Host.ConnectAsync(Address));
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
}
