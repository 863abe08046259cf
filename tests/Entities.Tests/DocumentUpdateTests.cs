using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class DocumentUpdateTests : DocumentTest
{
    [Fact]
    public async Task A_document_is_empty_at_version_0_before_anybody_wrote()
    {
        Assert.Equal(new DocumentSnapshot(0, ""), await Doc.GetDocument());
        Assert.Empty(await Doc.PullUpdates(0));
        Assert.False(Host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task Updates_are_applied_in_order_and_each_is_a_version()
    {
        Assert.True(await PushAsync(0, """[[0,"hello","world"]]""", """[5,[1," "],5]""", """[6,[5],[0,"there"]]"""));

        Assert.Equal(new DocumentSnapshot(3, "hello there"), await Doc.GetDocument());
        Assert.Equal(
            """
            [{"clientID":"ada","changes":[5,[1," "],5]},{"clientID":"ada","changes":[6,[5],[0,"there"]]}]
            """,
            await Host.PostAsync("document", "notes", "pullUpdates", """{"version":1}"""));
    }

    [Fact]
    public async Task Updates_on_a_version_that_is_not_the_newest_are_refused_and_change_nothing()
    {
        await PushAsync(0, """[[0,"one"]]""");

        Assert.False(await Doc.PushUpdates(0, [Update("bob", """[[0,"two"]]""")]));
        Assert.Equal(new DocumentSnapshot(1, "one"), await Doc.GetDocument());
    }

    [Fact]
    public async Task Updates_that_are_pushed_again_do_not_happen_twice()
    {
        Assert.True(await PushAsync(0, """[[0,"one"]]"""));
        await Host.HibernateAllAsync(rebuild: true);

        Assert.False(await PushAsync(0, """[[0,"one"]]"""));
        Assert.Equal("ada", Assert.Single(await Doc.PullUpdates(0)).ClientId);
    }

    [Fact]
    public async Task The_text_survives_hibernation()
    {
        await PushAsync(0, """[[0,"héllo 🙂","","x"]]""");
        await Host.HibernateAllAsync(rebuild: true);
        Assert.True(await PushAsync(1, """[11,[0,"!"]]"""));
        await Host.HibernateAllAsync(rebuild: true);

        Assert.Equal(new DocumentSnapshot(2, "héllo 🙂\n\nx!"), await Doc.GetDocument());
    }

    [Fact]
    public async Task Effects_are_passed_on_as_they_are()
    {
        DocumentUpdate update = Update("ada", """[[0,"x"]]""") with { Effects = Json("""[{"mark":[0,1],"by":null}]""") };
        Assert.True(await Doc.PushUpdates(0, [update]));

        Assert.Equal("""[{"mark":[0,1],"by":null}]""", Assert.Single(await Doc.PullUpdates(0)).Effects?.GetRawText());
    }

    [Theory]
    [InlineData("{}", "no ChangeSet")]
    [InlineData("null", "no ChangeSet")]
    [InlineData("[4]", "4 characters", "5")]
    [InlineData("[6]", "6 characters", "5")]
    [InlineData("[]", "0 characters", "5")]
    [InlineData("[5,[1]]", "6 characters")]
    [InlineData("[-1,6]", "[0]'")]
    [InlineData("[2.5,2.5]", "[0]'")]
    [InlineData("[\"x\",5]", "[0]'")]
    [InlineData("[5,[]]", "[1]'", "empty")]
    [InlineData("[5,[\"x\"]]", "[1]'")]
    [InlineData("[5,[0,1]]", "[1]'")]
    [InlineData("[5,[0,null]]", "[1]'")]
    [InlineData("[5,[0,[\"x\"]]]", "[1]'")]
    [InlineData("[5,[0,\"a\\nb\"]]", "[1]'", "line break")]
    [InlineData("[5,[0,\"a\\rb\"]]", "[1]'", "line break")]
    [InlineData("[2147483647,2147483647,2147483647]", "6,442,450,941 characters")]
    [InlineData("[99999999999]", "[0]'")]
    public async Task What_is_no_change_of_the_text_is_refused_with_the_reason(string changes, params string[] says)
    {
        await PushAsync(0, """[[0,"hello"]]""");

        await Expect.InvalidArgument(() => PushAsync(1, changes), ["'updates[0].changes", .. says]);
        Assert.Equal(new DocumentSnapshot(1, "hello"), await Doc.GetDocument());
    }

    [Theory]
    [InlineData(""" "clientID":"ada","changes":[[0,"\ud83d"]] """, "'updates[0].changes[0]'")]
    [InlineData(""" "clientID":"ada","changes":[[0,"\ude42","x"]] """, "'updates[0].changes[0]'")]
    [InlineData(""" "clientID":"ada","changes":[],"effects":["\ud83d"] """, "'updates[0].effects'")]
    [InlineData(""" "clientID":"\ud83d","changes":[] """, "'updates'")]
    [InlineData(""" "clientID":"ada" """, "'updates'")]
    [InlineData(""" "changes":[] """, "'updates'")]
    public async Task An_update_whose_JSON_is_no_update_or_no_valid_Unicode_is_refused(string update, string named) =>
        await Expect.InvalidArgument(
            () => Host.PostAsync("document", "notes", "pushUpdates", $$"""{"version":0,"updates":[{ {{update}} }]}"""), named);

    [Fact]
    public async Task Of_a_push_with_one_bad_update_nothing_is_taken()
    {
        await Expect.InvalidArgument(() => PushAsync(0, """[[0,"a"]]""", "[2]"), "'updates[1].changes'");

        Assert.Equal(new DocumentSnapshot(0, ""), await Doc.GetDocument());
        Assert.True(await PushAsync(0, """[[0,"b"]]"""));
        Assert.Equal("b", (await Doc.GetDocument()).Doc);
    }

    [Theory]
    [InlineData("""[1,[0,"x"],1]""")]
    [InlineData("[1,[1]]")]
    [InlineData("[[1],1]")]
    [InlineData("""[[1,"x"],1]""")]
    public async Task A_surrogate_pair_is_not_torn_apart(string changes)
    {
        await PushAsync(0, """[[0,"🙂"]]""");

        await Expect.InvalidArgument(() => PushAsync(1, changes), "'updates[0].changes'", "surrogate pair", "at 1");
    }

    [Fact]
    public async Task A_pair_may_be_replaced_in_pieces_and_parts_that_do_nothing_are_left_out()
    {
        await PushAsync(0, """[[0,"🙂b"]]""");

        Assert.True(await PushAsync(1, """[0,[1],[1,"x"],[0],[0,""],1,0]"""));

        Assert.Equal("xb", (await Doc.GetDocument()).Doc);
        Assert.Equal("""[[1],[1,"x"],1]""", (await Doc.PullUpdates(1))[0].Changes.GetRawText());
    }

    [Fact]
    public async Task A_client_ID_has_1_to_64_characters_is_one_for_a_push_and_not_the_documents_own()
    {
        string longest = new('c', DocumentLimits.ClientIdCharacters);
        Assert.True(await Doc.PushUpdates(0, [Update(longest, """[[0,"x"]]""")]));
        await Expect.InvalidArgument(() => Doc.PushUpdates(1, [Update(longest + "c", "[1]")]), "'updates[0].clientID'", "65", "64");
        await Expect.InvalidArgument(() => Doc.PushUpdates(1, [Update("", "[1]")]), "'updates[0].clientID'");
        await Expect.InvalidArgument(() => Doc.PushUpdates(1, [Update("document", "[1]")]), "'updates[0].clientID'", "document");
        await Expect.InvalidArgument(
            () => Doc.PushUpdates(1, [Update("ada", "[1]"), Update("bob", "[1]")]), "'updates[1].clientID'", "bob");
        await Expect.InvalidArgument(
            () => Host.PostAsync("document", "notes", "pushUpdates", """{"version":1,"updates":[null]}"""), "'updates[0]'");
    }

    [Fact]
    public async Task A_text_may_have_as_many_characters_as_the_limit_says_and_no_more()
    {
        string half = new('x', DocumentLimits.MaxCharacters / 2);
        Assert.True(await PushAsync(0, $"""[[0,"{half}"]]"""));
        Assert.True(await PushAsync(1, $"""[{half.Length},[0,"{half}"]]"""));

        await Expect.Refusal(
            409, Document.TooManyCharacters, () => PushAsync(2, $"""[{DocumentLimits.MaxCharacters},[0,"y"]]"""), "524,289", "524,288");
        Assert.True(await PushAsync(2, $"""[[1,"y"],{DocumentLimits.MaxCharacters - 1}]"""));
        Assert.Equal($"y{half}{half}"[..^1], (await Doc.GetDocument()).Doc);
    }

    [Fact]
    public async Task The_longest_text_of_the_widest_characters_fits_base_versions_and_answers()
    {
        string wide = new('語', DocumentLimits.MaxCharacters);
        await PushAsync(0, $"""[[0,"{wide}"]]""");
        await Doc.SaveVersion("wide");
        await Doc.Compact();
        await Host.HibernateAllAsync(rebuild: true);

        Assert.Equal(wide, (await Doc.GetDocument()).Doc);
        Assert.Equal(wide, (await Doc.Version("wide")).Doc);
    }

    [Fact]
    public async Task A_push_has_a_thousand_updates_at_most()
    {
        string[] updates = [.. Enumerable.Range(0, 1_000).Select(i => $"""[{i},[0,"x"]]""")];
        Assert.True(await PushAsync(0, updates));

        await Expect.InvalidArgument(() => PushAsync(1_000, [.. Enumerable.Repeat("[1000]", 1_001)]), "'updates'", "1,001", "1,000");
        Assert.Equal(1_000, (await Doc.PullUpdates(0)).Count);
    }

    [Fact]
    public async Task The_changes_and_effects_of_a_push_have_a_limit_together()
    {
        string effects = new('e', DocumentLimits.UpdateCharacters - 2 - "[]".Length);
        Assert.True(await Doc.PushUpdates(0, [Update("ada", "[]") with { Effects = Json($"\"{effects}\"") }]));

        await Expect.InvalidArgument(
            () => Doc.PushUpdates(1, [Update("ada", "[]"), Update("ada", "[]") with { Effects = Json($"\"{effects}\"") }]),
            "'updates[1]'", "655,362", "655,360");
    }

    [Fact]
    public async Task Effects_are_nested_so_deep_and_no_deeper()
    {
        Assert.True(await Doc.PushUpdates(0, [Update("ada", "[]") with { Effects = Nested(32) }]));
        Assert.Single(await Doc.PullUpdates(0));

        await Expect.InvalidArgument(
            () => Doc.PushUpdates(1, [Update("ada", "[]") with { Effects = Nested(33) }]), "'updates[0].effects'", "32");

        static JsonElement Nested(int levels) => Json(new string('[', levels) + new string(']', levels));
    }

    [Fact]
    public async Task An_empty_push_is_accepted_by_the_newest_version_and_makes_none()
    {
        Assert.True(await Doc.PushUpdates(0, []));
        await PushAsync(0, """[[0,"x"]]""");
        Assert.False(await Doc.PushUpdates(0, []));
        Assert.True(await Doc.PushUpdates(1, []));
        Assert.Equal(1, (await Doc.GetDocument()).Version);
    }
}
