using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class DocumentSocketTests : DocumentTest
{
    [Fact]
    public async Task Whoever_is_connected_gets_each_push_and_newcomers_the_version()
    {
        TestSocket ada = await ConnectAsync("ada");
        Assert.Equal(
            [new SocketReceipt("updates", """[{"version":0,"updates":[]}]"""), new SocketReceipt("cursors", "[[]]")], ada.Received);

        await PushAsync(0, """[[0,"hi"]]""", """[2,[0,"!"]]""");
        await Host.HibernateAllAsync(rebuild: true);
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
        await Host.HibernateAllAsync();

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
        await Host.HibernateAllAsync(rebuild: true);
        await again.CloseAsync();

        Assert.Equal(new SocketReceipt("left", """[{"clientID":"bob","name":"Bob"}]"""), ada.Received[^1]);
        Assert.Equal(new SocketReceipt("cursors", "[[]]"), (await ConnectAsync("cid")).Received[^1]);
    }

    [Fact]
    public async Task A_socket_needs_a_client_ID_and_a_usable_name()
    {
        await Expect.InvalidArgument(() => Host.ConnectAsync(Address), "clientID");
        await Expect.InvalidArgument(() => ConnectAsync(""), "'clientID'");
        await Expect.InvalidArgument(() => ConnectAsync(new string('c', 65)), "'clientID'", "64");
        await Expect.InvalidArgument(() => ConnectAsync("ada", ""), "'name'");
        await Expect.InvalidArgument(() => ConnectAsync("ada", new string('n', 129)), "'name'", "128");
        Assert.Equal(0, Host.SummaryOf(Address).Sockets);
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
}
