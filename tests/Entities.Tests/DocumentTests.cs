using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class DocumentTests : IAsyncLifetime
{
    private readonly TestHost _host = TestHost.Of(typeof(Document));

    private IDocument Doc => _host.Objects.Get<IDocument>("notes");

    private ObjectAddress Address => _host.Address<IDocument>("notes");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_document_is_empty_at_version_0_before_anybody_wrote()
    {
        Assert.Equal(new DocumentSnapshot(0, ""), await Doc.GetDocument());
        Assert.Empty(await Doc.PullUpdates(0));
        Assert.False(_host.SummaryOf(Address).Exists);
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
            await _host.PostAsync("document", "notes", "pullUpdates", """{"version":1}"""));
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
        await _host.HibernateAllAsync(rebuild: true);

        Assert.False(await PushAsync(0, """[[0,"one"]]"""));
        Assert.Equal("ada", Assert.Single(await Doc.PullUpdates(0)).ClientId);
    }

    [Fact]
    public async Task The_text_survives_hibernation()
    {
        await PushAsync(0, """[[0,"héllo 🙂","","x"]]""");
        await _host.HibernateAllAsync(rebuild: true);
        Assert.True(await PushAsync(1, """[11,[0,"!"]]"""));
        await _host.HibernateAllAsync(rebuild: true);

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
            () => _host.PostAsync("document", "notes", "pushUpdates", $$"""{"version":0,"updates":[{ {{update}} }]}"""), named);

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
            () => _host.PostAsync("document", "notes", "pushUpdates", """{"version":1,"updates":[null]}"""), "'updates[0]'");
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
        await _host.HibernateAllAsync(rebuild: true);

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

    [Fact]
    public async Task A_version_that_never_was_is_gone()
    {
        await Expect.Refusal(410, Document.VersionGone, () => PushAsync(1, "[]"), "version 1", "at 0");
        await Expect.Refusal(410, Document.VersionGone, () => Doc.PullUpdates(1), "version 1", "at 0");
        await Expect.InvalidArgument(() => Doc.PullUpdates(-1), "'version'");
        await Expect.InvalidArgument(() => PushAsync(-1, "[]"), "'version'");
    }

    [Fact]
    public async Task Updates_are_pulled_in_pages()
    {
        await TypeAsync(from: 0, count: 10);

        Assert.Equal("""[3,[0,"3"]]""", (await Doc.PullUpdates(3, 2))[0].Changes.GetRawText());
        Assert.Equal(2, (await Doc.PullUpdates(3, 2)).Count);
        Assert.Equal(7, (await Doc.PullUpdates(3)).Count);
        await Expect.InvalidArgument(() => Doc.PullUpdates(0, 0), "'limit'");
        await Expect.InvalidArgument(() => Doc.PullUpdates(0, 1_001), "'limit'", "1000");
    }

    [Fact]
    public async Task A_page_of_large_updates_is_shorter_but_has_one_at_least()
    {
        string large = new('x', 200_000);
        await PushAsync(0, $"""[[0,"{large}"]]""");
        await PushAsync(1, "[200000]");
        await PushAsync(2, $"""[[200000,"{large}"]]""");

        Assert.Single(await Doc.PullUpdates(0));
        Assert.Single(await Doc.PullUpdates(1));
        Assert.Single(await Doc.PullUpdates(2));
        Assert.Empty(await Doc.PullUpdates(3));
    }

    [Fact]
    public async Task When_the_log_is_full_its_older_half_is_folded_and_the_text_stays()
    {
        await TypeAsync(from: 0, count: 2_000);
        Assert.Equal(1_000, (await Doc.PullUpdates(0)).Count);
        await TypeAsync(from: 2_000, count: 1);

        await Expect.Refusal(410, Document.VersionGone, () => Doc.PullUpdates(1_000), "at 2001", "since 1001");
        Assert.Equal(1_000, (await Doc.PullUpdates(1_001)).Count);
        await _host.HibernateAllAsync(rebuild: true);
        DocumentSnapshot document = await Doc.GetDocument();
        Assert.Equal((2_001L, 2_001), (document.Version, document.Doc.Length));
        Assert.Equal(string.Concat(Enumerable.Range(0, 2_001).Select(i => i % 10)), document.Doc);
    }

    [Fact]
    public async Task A_log_of_large_updates_is_folded_sooner()
    {
        string large = new('x', 500_000);
        await PushAsync(0, $"""[[0,"{large}"]]""");
        for (int version = 1; version <= 8; version++)
        {
            Assert.True(await PushAsync(version, $"""[[500000,"{large}"]]"""));
        }

        await Expect.Refusal(410, Document.VersionGone, () => Doc.PullUpdates(4), "since 5");
        Assert.Single(await Doc.PullUpdates(5));
    }

    [Fact]
    public async Task Under_steady_use_a_document_does_not_grow()
    {
        await PushAsync(0, """[[0,"x"]]""");
        await ReplaceAsync(from: 1, count: 6_000);
        long early = await DatabaseBytesAsync();
        await ReplaceAsync(from: 6_001, count: 6_000);

        Assert.InRange(await DatabaseBytesAsync(), 0, early + early / 10);
    }

    [Fact]
    public async Task It_can_be_folded_at_will()
    {
        await TypeAsync(from: 0, count: 10);

        Assert.Equal(7, await Doc.Compact(3));
        Assert.Equal(3, (await Doc.PullUpdates(7)).Count);
        Assert.Equal(7, await Doc.Compact(2_000));
        Assert.Equal(10, await Doc.Compact());
        await Expect.Refusal(410, Document.VersionGone, () => Doc.PullUpdates(9));
        Assert.Empty(await Doc.PullUpdates(10));
        Assert.False(await PushAsync(3, "[3]"));
        await _host.HibernateAllAsync(rebuild: true);
        await TypeAsync(from: 10, count: 1);
        Assert.Equal(new DocumentSnapshot(11, "01234567890"), await Doc.GetDocument());
        await Expect.InvalidArgument(() => Doc.Compact(-1), "'keep'");
        await Expect.InvalidArgument(() => Doc.Compact(2_001), "'keep'");
    }

    [Fact]
    public async Task A_small_edit_of_a_large_text_writes_little()
    {
        await PushAsync(0, $"""[[0,"{new string('x', 500_000)}"]]""");
        await PushAsync(1, """[500000,[0,"y"]]""");
        await PushAsync(2, """[500001,[0,"z"]]""");

        Assert.InRange(_host.CommitsOf(Address)[^1].Pages.Length, 1, 8 * 1_024);
    }

    [Fact]
    public async Task The_history_joins_what_one_editor_pushes_without_a_minutes_pause()
    {
        await Doc.PushUpdates(0, [Update("c1", """[[0,"hello"]]""")], "ada");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(60));
        await Doc.PushUpdates(1, [Update("c2", """[5,[0,"!"]]""")]);
        await Doc.PushUpdates(2, [Update("c1", """[[5,"bye"],1]"""), Update("c1", "[3,[1]]")], "ada");
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(60_001));
        await Doc.PushUpdates(4, [Update("c1", """[3,[0,"?"]]""")], "ada");
        await Doc.PushUpdates(5, [Update("c1", "[4]")], "somebody else");

        DateTimeOffset start = FakeClock.DefaultStart;
        DateTimeOffset end = start.AddMilliseconds(120_001);
        Assert.Equal(
            [
                new DocumentEdit(4, "c1", "somebody else", 5, 6, end, end, 0, 0),
                new DocumentEdit(3, "c1", "ada", 4, 5, end, end, 1, 0),
                new DocumentEdit(2, "c2", null, 1, 2, start.AddSeconds(60), start.AddSeconds(60), 1, 0),
                new DocumentEdit(1, "c1", "ada", 0, 4, start, start.AddSeconds(60), 8, 6),
            ],
            await Doc.History());
        Assert.Equal([2L], (await Doc.History(1, 3)).Select(one => one.Id));
        await Expect.InvalidArgument(() => Doc.History(0), "'limit'");
        await Expect.InvalidArgument(() => Doc.History(1_001), "'limit'");
        await Expect.InvalidArgument(() => Doc.PushUpdates(6, [], ""), "'author'");
        await Expect.InvalidArgument(() => Doc.PushUpdates(6, [], new string('a', 129)), "'author'", "129", "128");
    }

    [Fact]
    public async Task An_entry_of_the_history_spans_ten_minutes_at_most()
    {
        for (int i = 0; i < 22; i++)
        {
            await PushAsync(i, $"""[{i},[0,"x"]]""");
            await _host.AdvanceAsync(TimeSpan.FromSeconds(30));
        }

        Assert.Equal([20L, 0], (await Doc.History()).Select(one => one.FromVersion));
    }

    [Fact]
    public async Task The_history_keeps_a_thousand_entries()
    {
        for (int i = 0; i < 1_001; i++)
        {
            await Doc.PushUpdates(i, [Update($"c{i}", "[]")]);
        }

        IReadOnlyList<DocumentEdit> history = await Doc.History(1_000);
        Assert.Equal((1_000, 1_001L, 2L), (history.Count, history[0].Id, history[^1].Id));
    }

    [Fact]
    public async Task A_version_is_kept_under_its_name()
    {
        await PushAsync(0, """[[0,"draft"]]""");
        DocumentVersion saved = await Doc.SaveVersion("first");
        Assert.Equal(new DocumentVersion("first", 1, FakeClock.DefaultStart, 5), saved);
        await PushAsync(1, """[[5,"final"]]""");
        await Doc.SaveVersion("second");
        await Doc.Compact();
        await _host.HibernateAllAsync(rebuild: true);

        Assert.Equal(["first", "second"], (await Doc.Versions()).Select(one => one.Name));
        Assert.Equal(new DocumentSnapshot(1, "draft"), await Doc.Version("first"));
        await Expect.Refusal(409, Document.VersionExists, () => Doc.SaveVersion("first"), "'first'");
        Assert.True(await Doc.DeleteVersion("first"));
        Assert.False(await Doc.DeleteVersion("first"));
        await Expect.Refusal(404, Document.UnknownVersion, () => Doc.Version("first"), "'first'");
        await Expect.Refusal(404, Document.UnknownVersion, () => Doc.RestoreVersion("first"), "'first'");
    }

    [Fact]
    public async Task There_are_fifty_named_versions_at_most()
    {
        for (int i = 0; i < 50; i++)
        {
            await Doc.SaveVersion($"v{i}");
        }

        await Expect.Refusal(409, Document.TooManyVersions, () => Doc.SaveVersion("one more"), "50");
        await Doc.DeleteVersion("v0");
        await Doc.SaveVersion(new string('n', 128));
        await Expect.InvalidArgument(() => Doc.SaveVersion(new string('n', 129)), "'name'", "129", "128");
        await Expect.InvalidArgument(() => Doc.SaveVersion(""), "'name'");
    }

    [Fact]
    public async Task A_version_is_restored_by_an_update_that_replaces_what_differs()
    {
        await PushAsync(0, """[[0,"one","two 🙂","three"]]""");
        await Doc.SaveVersion("v1");
        await PushAsync(1, """[8,[2,"🙃","2½"],6]""");
        TestSocket socket = await ConnectAsync("bob");

        Assert.Equal(3, await Doc.RestoreVersion("v1", "ada"));

        Assert.Equal(new DocumentSnapshot(3, "one\ntwo 🙂\nthree"), await Doc.GetDocument());
        const string Update = """{"clientID":"document","changes":[8,[5,"\uD83D\uDE42"],6]}""";
        Assert.Equal(new SocketReceipt("updates", $$"""[{"version":3,"updates":[{{Update}}]}]"""), socket.Received[^1]);
        Assert.Equal(("document", "ada", 2L, 5L), (await Doc.History()) switch
        {
            [var newest, ..] => (newest.ClientId, newest.Author, newest.Inserted, newest.Deleted),
            _ => default,
        });
        Assert.Equal(3, await Doc.RestoreVersion("v1"));
        Assert.Equal(3, (await Doc.GetDocument()).Version);
    }

    [Fact]
    public async Task A_version_of_any_text_can_be_restored()
    {
        // In JSON each of these takes six characters, so no single update could hold them.
        string costly = new('\u0001', DocumentLimits.MaxCharacters);
        for (int i = 0; i < 8; i++)
        {
            string piece = JsonSerializer.Serialize(costly[..(64 * 1_024)]);
            Assert.True(await PushAsync(i, $"[{i * 64 * 1_024},[0,{piece}]]"));
        }
        await Doc.SaveVersion("costly");
        await PushAsync(8, $"""[[{DocumentLimits.MaxCharacters},"🙂"]]""");
        TestSocket socket = await ConnectAsync("bob");

        Assert.Equal(17, await Doc.RestoreVersion("costly"));

        Assert.Equal(costly, (await Doc.GetDocument()).Doc);
        Assert.Equal(new SocketReceipt("updates", """[{"version":17,"updates":[]}]"""), socket.Received[^1]);
    }

    [Fact]
    public async Task Whoever_is_connected_gets_each_push_and_newcomers_the_version()
    {
        TestSocket ada = await ConnectAsync("ada");
        Assert.Equal(
            [new SocketReceipt("updates", """[{"version":0,"updates":[]}]"""), new SocketReceipt("cursors", "[[]]")], ada.Received);

        await PushAsync(0, """[[0,"hi"]]""", """[2,[0,"!"]]""");
        await _host.HibernateAllAsync(rebuild: true);
        TestSocket bob = await ConnectAsync("bob");

        Assert.Contains(
            new SocketReceipt(
                "updates",
                """[{"version":2,"updates":[{"clientID":"ada","changes":[[0,"hi"]]},{"clientID":"ada","changes":[2,[0,"!"]]}]}]"""),
            ada.Received);
        Assert.Equal(new SocketReceipt("updates", """[{"version":2,"updates":[]}]"""), bob.Received[0]);
    }

    [Fact]
    public async Task A_push_too_large_for_a_message_is_told_by_its_version()
    {
        TestSocket bob = await ConnectAsync("bob");

        await PushAsync(0, $"""[[0,"{new string('語', 128 * 1_024)}"]]""");

        Assert.Equal(new SocketReceipt("updates", """[{"version":1,"updates":[]}]"""), bob.Received[^1]);
    }

    [Fact]
    public async Task A_cursor_goes_to_all_moved_to_the_newest_version()
    {
        await PushAsync(0, """[[0,"hello"]]""");
        TestSocket ada = await ConnectAsync("ada", "Ada");
        TestSocket bob = await ConnectAsync("bob");
        await PushAsync(1, """[[0,">> "],5]""", "[7,[1]]");

        await ada.SendAsync(new { anchor = 0, head = 5, version = 1 });

        SocketReceipt expected = new("cursor", """[{"clientID":"ada","name":"Ada","anchor":0,"head":7,"version":3}]""");
        Assert.Equal(expected, bob.Received[^1]);
        Assert.Equal(expected, ada.Received[^1]);
    }

    [Fact]
    public async Task Newcomers_get_the_cursors_moved_to_the_newest_version()
    {
        TestSocket ada = await ConnectAsync("ada");
        await PushAsync(0, """[[0,"hello"]]""");
        await ada.SendAsync(new { anchor = 2, head = 2, version = 1 });
        await PushAsync(1, """[[0,"🙂"],5]""");

        TestSocket bob = await ConnectAsync("bob");

        Assert.Equal(
            new SocketReceipt("cursors", """[[{"clientID":"ada","name":null,"anchor":4,"head":4,"version":2}]]"""), bob.Received[^1]);
    }

    [Fact]
    public async Task After_hibernation_the_editors_are_asked_for_their_cursors_once_somebody_comes()
    {
        TestSocket ada = await ConnectAsync("ada");
        await ada.SendAsync(new { anchor = 0, head = 0, version = 0 });
        await _host.HibernateAllAsync();

        TestSocket bob = await ConnectAsync("bob");
        await ConnectAsync("cid");

        Assert.Equal(1, ada.Received.Count(one => one.Target == "whereabouts"));
        Assert.DoesNotContain(bob.Received, one => one.Target == "whereabouts");
        Assert.Equal(new SocketReceipt("cursors", "[[]]"), bob.Received[^1]);
    }

    [Fact]
    public async Task A_cursor_of_a_version_that_is_too_old_or_never_was_is_dropped()
    {
        TestSocket ada = await ConnectAsync("ada");
        await TypeAsync(from: 0, count: 201);

        await ada.SendAsync(new { anchor = 0, head = 0, version = 202 });
        await ada.SendAsync(new { anchor = 0, head = 0, version = 0 });
        Assert.DoesNotContain(ada.Received, one => one.Target == "cursor");
        await ada.SendAsync(new { anchor = 1, head = 1, version = 1 });
        Assert.Equal("""[{"clientID":"ada","name":null,"anchor":1,"head":1,"version":201}]""", ada.Received[^1].Arguments);
        await Doc.Compact();
        await ada.SendAsync(new { anchor = 0, head = 0, version = 200 });
        Assert.Equal(1, ada.Received.Count(one => one.Target == "cursor"));
    }

    [Theory]
    [InlineData("""{"anchor":-1,"head":0,"version":1}""")]
    [InlineData("""{"anchor":0,"head":3,"version":1}""")]
    [InlineData("""{"anchor":2,"head":0,"version":0}""")]
    [InlineData("""{"anchor":0.5,"head":0,"version":1}""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"cursor\"")]
    public async Task A_cursor_outside_its_text_is_refused(string message)
    {
        TestSocket ada = await ConnectAsync("ada");
        await PushAsync(0, """[[0,"hi"]]""");

        Answer answer = await ada.SendAsync(Json(message));

        Assert.Equal((400, ErrorCodes.InvalidArgument), (answer.Error!.Status, answer.Error.Code));
        Assert.DoesNotContain(ada.Received, one => one.Target == "cursor");
    }

    [Fact]
    public async Task An_editor_has_left_when_the_last_of_its_sockets_is_gone()
    {
        TestSocket ada = await ConnectAsync("ada");
        TestSocket bob = await ConnectAsync("bob", "Bob");
        TestSocket again = await ConnectAsync("bob", "Bob");
        await bob.SendAsync(new { anchor = 0, head = 0, version = 0 });
        await bob.CloseAsync();
        Assert.DoesNotContain(ada.Received, one => one.Target == "left");
        await _host.HibernateAllAsync(rebuild: true);
        await again.CloseAsync();

        Assert.Equal(new SocketReceipt("left", """[{"clientID":"bob","name":"Bob"}]"""), ada.Received[^1]);
        Assert.Equal(new SocketReceipt("cursors", "[[]]"), (await ConnectAsync("cid")).Received[^1]);
    }

    [Fact]
    public async Task A_socket_needs_a_client_ID_and_a_usable_name()
    {
        await Expect.InvalidArgument(() => _host.ConnectAsync(Address), "clientID");
        await Expect.InvalidArgument(() => ConnectAsync(""), "'clientID'");
        await Expect.InvalidArgument(() => ConnectAsync(new string('c', 65)), "'clientID'", "64");
        await Expect.InvalidArgument(() => ConnectAsync("ada", ""), "'name'");
        await Expect.InvalidArgument(() => ConnectAsync("ada", new string('n', 129)), "'name'", "128");
        Assert.Equal(0, _host.SummaryOf(Address).Sockets);
    }

    [Fact]
    public async Task A_document_has_five_hundred_sockets_at_most()
    {
        for (int i = 0; i < 500; i++)
        {
            await ConnectAsync($"c{i}");
        }

        await Expect.Refusal(409, Document.TooManySockets, () => ConnectAsync("one more"), "500");
    }

    private static JsonElement Json(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    private static DocumentUpdate Update(string clientId, string changes) => new(clientId, Json(changes));

    private Task<bool> PushAsync(long version, params IReadOnlyList<string> changes) =>
        Doc.PushUpdates(version, [.. changes.Select(one => Update("ada", one))]);

    /// <summary>Appends a digit to the text by each update.</summary>
    private async Task TypeAsync(int from, int count)
    {
        for (int i = from; i < from + count; i++)
        {
            Assert.True(await PushAsync(i, $"""[{i},[0,"{i % 10}"]]"""));
        }
    }

    private async Task ReplaceAsync(int from, int count)
    {
        for (int i = from; i < from + count; i += 500)
        {
            Assert.True(await PushAsync(i, [.. Enumerable.Repeat("""[[1,"y"]]""", 500)]));
        }
    }

    private Task<TestSocket> ConnectAsync(string clientId, string? name = null)
    {
        Dictionary<string, string> query = new() { ["clientID"] = clientId };
        if (name is not null)
        {
            query["name"] = name;
        }
        return _host.ConnectAsync(Address, query);
    }

    private async Task<long> DatabaseBytesAsync()
    {
        Answer answer = await _host.RunAsync(Address, new InspectTurn(), CancellationToken.None);
        return JsonSerializer.Deserialize<ObjectDetails>(answer.OrThrow().Json.Span, ObjectJson.Options)!.DatabaseBytes;
    }
}
