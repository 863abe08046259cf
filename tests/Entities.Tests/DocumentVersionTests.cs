using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class DocumentVersionTests : DocumentTest
{
    [Fact]
    public async Task A_version_is_kept_under_its_name()
    {
        await PushAsync(0, """[[0,"draft"]]""");
        DocumentVersion saved = await Doc.SaveVersion("first");
        Assert.Equal(new DocumentVersion("first", 1, FakeClock.DefaultStart, 5), saved);
        await PushAsync(1, """[[5,"final"]]""");
        await Doc.SaveVersion("second");
        await Doc.Compact();
        await Host.HibernateAllAsync(rebuild: true);

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
}
