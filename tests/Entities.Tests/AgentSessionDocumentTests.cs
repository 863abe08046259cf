using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class AgentSessionDocumentTests : AgentSessionTest
{
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
        await Host.HibernateAllAsync(rebuild: true);

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
        await Expect.InvalidArgument(() => Session.Patch("a", Json(new { y = new string('y', 6_000) })), "The patched document has");
        await Expect.InvalidArgument(() => Session.Changes(-1), "'sinceVersion'");
        for (int i = 1; i < AgentSessionLimits.MaxSections; i++)
        {
            await Session.Put($"section {i}", Nested(32), 0);
        }
        await Expect.Refusal(409, AgentSession.TooManySections, () => Session.Put("one more", Json(1), 0), "32");
        await Session.Put("a", Json(new string('x', AgentSessionLimits.DocumentBytes - 2)), 1);
        Assert.Equal(AgentSessionLimits.MaxSections, (await Session.Changes()).Documents.Count);
    }
}
