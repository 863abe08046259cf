using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class DocumentLogTests : DocumentTest
{
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
        await Host.HibernateAllAsync(rebuild: true);
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
        await Host.HibernateAllAsync(rebuild: true);
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

        Assert.InRange(Host.CommitsOf(Address)[^1].Pages.Length, 1, 8 * 1_024);
    }

    private async Task ReplaceAsync(int from, int count)
    {
        for (int i = from; i < from + count; i += 500)
        {
            Assert.True(await PushAsync(i, [.. Enumerable.Repeat("""[[1,"y"]]""", 500)]));
        }
    }

    private async Task<long> DatabaseBytesAsync()
    {
        Answer answer = await Host.RunAsync(Address, new InspectTurn(), CancellationToken.None);
        return JsonSerializer.Deserialize<ObjectDetails>(answer.OrThrow().Json.Span, ObjectJson.Options)!.DatabaseBytes;
    }
}
