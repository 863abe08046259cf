using DurableObjects.Harness;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Sockets;

public sealed class SocketTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    [Fact]
    public async Task A_client_is_greeted_tagged_and_known_after_hibernation()
    {
        _host.Script.OnOpened = (socket, opening) =>
        {
            socket.SetTags("all", opening.Query["name"]);
            socket.SetAttachment(new Seat(opening.Query["name"], 3));
            socket.Send("welcome", opening.Query["name"], 1, null);
        };
        TestSocket ada = await ConnectAsync("ada");
        TestSocket bob = await ConnectAsync("bob");
        Assert.Equal([new SocketReceipt("welcome", "[\"ada\",1,null]")], ada.Received);
        Assert.Equal(2, _host.Summary.Sockets);

        await _host.Host.HibernateAllAsync(rebuild: true);
        await _host.DoAsync(one =>
        {
            Assert.Equal(2, one.Context.Sockets.Count);
            Assert.Equal([ada.Id, bob.Id], one.Context.Sockets.List("all").Select(socket => socket.Id));
            ObjectSocket found = Assert.Single(one.Context.Sockets.List("bob"));
            Assert.Equal((bob.Id, new Seat("bob", 3), _host.Clock.GetUtcNow()),
                (found.Id, found.GetAttachment<Seat>(), found.OpenedAt));
            Assert.Equal(["all", "bob"], found.Tags);
            Assert.Null(one.Context.Sockets.Find("nobody"));
            Assert.Empty(one.Context.Sockets.List("al"));
            one.Context.Sockets.SendToTag("ada", "message", "to ada");
            one.Context.Sockets.Send("message", "to all");
            one.Context.Sockets.Find(bob.Id)!.Send("message", "to bob");
        });
        Assert.Equal(["[\"to ada\"]", "[\"to all\"]"], ada.Received.Skip(1).Select(one => one.Arguments));
        Assert.Equal(["[\"to all\"]", "[\"to bob\"]"], bob.Received.Skip(1).Select(one => one.Arguments));
    }

    [Fact]
    public async Task A_message_goes_to_those_who_have_the_tag_at_that_moment_of_the_turn()
    {
        TestSocket ada = await ConnectAsync("ada");
        TestSocket bob = await ConnectAsync("bob");
        await _host.DoAsync(one =>
        {
            one.Context.Sockets.SendToTag("room", "message", 1);
            one.Context.Sockets.Find(ada.Id)!.SetTags("room");
            one.Context.Sockets.SendToTag("room", "message", 2);
            Assert.Throws<InvalidOperationException>(() => one.Storage.Transaction(() =>
            {
                one.Context.Sockets.Find(bob.Id)!.SetTags("room");
                one.Context.Sockets.SendToTag("room", "message", 3);
                throw new InvalidOperationException();
            }));
            one.Context.Sockets.SendToTag("room", "message", 4);
            one.Context.Sockets.Find(ada.Id)!.Close();
            one.Context.Sockets.SendToTag("room", "message", 5);
        });
        Assert.Equal(["[2]", "[4]"], ada.Received.Select(one => one.Arguments));
        Assert.Empty(bob.Received);
    }

    [Fact]
    public async Task A_tag_is_found_whatever_its_characters_and_no_other_for_it()
    {
        string[] tags = [",", "\"", "\\", "\",\"", "[", "]", "a", "ab", "é", "\u0000", "\n", "😀", "'", "%", "_", "\\u0022", " "];
        foreach (string tag in tags)
        {
            TestSocket socket = await ConnectAsync("ada");
            await _host.DoAsync(one => one.Context.Sockets.Find(socket.Id)!.SetTags(tag, "first", "second"));
        }
        await _host.DoAsync(one =>
        {
            foreach (string tag in tags)
            {
                Assert.Equal([tag, "first", "second"], Assert.Single(one.Context.Sockets.List(tag)).Tags);
            }
            Assert.Equal(tags.Length, one.Context.Sockets.List("second").Count);
            Assert.Empty(one.Context.Sockets.List("first\",\"second"));
        });
    }

    [Fact]
    public async Task Messages_reach_the_object_as_text_or_as_values()
    {
        List<object?> seen = [];
        _host.Script.OnMessage = (_, socket, message) => seen.Add(message.Text ?? (object?)message.As<Seat>());
        TestSocket socket = await ConnectAsync("ada");
        await socket.SendAsync("hi");
        await socket.SendAsync(new Seat("x", 1));
        Assert.Equal(["hi", new Seat("x", 1)], seen);
        Failure error = (await socket.SendAsync(12)).Error!;
        Assert.Equal((400, ErrorCodes.InvalidArgument), (error.Status, error.Code));
    }

    [Fact]
    public async Task A_client_that_the_handler_throws_at_or_closes_is_not_let_in()
    {
        _host.Script.OnOpened = (_, _) => throw new DurableObjectException(403, "banned", "Go away.");
        Assert.Equal("banned", (await Assert.ThrowsAsync<DurableObjectException>(() => ConnectAsync("ada"))).Code);
        Assert.Equal(0, _host.Summary.Sockets);
        Assert.Empty(_host.Commits);

        _host.Script.OnOpened = (socket, _) => socket.Close(3_000, "full");
        TestSocket refused = await ConnectAsync("bob");
        Assert.Equal(new SocketClosing(3_000, "full"), refused.Closed);
        Assert.Equal(0, _host.Summary.Sockets);
    }

    [Fact]
    public async Task A_client_that_leaves_is_told_of_once_and_its_socket_can_be_read_but_not_used()
    {
        int told = 0;
        _host.Script.OnOpened = (socket, opening) => socket.SetTags(opening.Query["name"]);
        _host.Script.OnClosed = (one, socket, closing) =>
        {
            told++;
            Assert.Equal(["ada"], socket.Tags);
            Assert.Equal(new SocketClosing(1001, "bye"), closing);
            Assert.Empty(one.Context.Sockets.List());
            Assert.Equal(ErrorCodes.InvalidUse, Assert.Throws<DurableObjectException>(() => socket.Send("message", 1)).Code);
            Assert.Throws<DurableObjectException>(() => socket.SetTags("x"));
            Assert.Throws<DurableObjectException>(() => socket.Close());
        };
        TestSocket ada = await ConnectAsync("ada");
        Assert.Null((await ada.CloseAsync(1001, "bye")).Error);
        Assert.Null((await ada.CloseAsync(1001, "bye")).Error);
        Assert.Equal(1, told);
        Assert.Equal(0, _host.Summary.Sockets);
    }

    [Fact]
    public async Task A_socket_is_gone_even_if_the_handler_that_is_told_so_throws()
    {
        _host.Script.OnClosed = (one, _, _) =>
        {
            one.Storage.Put("k", 1);
            throw new FormatException();
        };
        TestSocket ada = await ConnectAsync("ada");
        Assert.Equal(ErrorCodes.HandlerFailed, (await ada.CloseAsync()).Error!.Code);
        Assert.Equal(0, _host.Summary.Sockets);
        Assert.Equal(0, await _host.GetAsync(one => one.Storage.Get("k", 0) + one.Context.Sockets.Count));
    }

    [Fact]
    public async Task A_socket_that_the_object_closed_is_forgotten_at_once_and_takes_nothing_more()
    {
        bool told = false;
        _host.Script.OnClosed = (_, _, _) => told = true;
        TestSocket ada = await ConnectAsync("ada");
        await _host.DoAsync(one =>
        {
            ObjectSocket socket = one.Context.Sockets.List()[0];
            socket.Send("message", "last");
            socket.Close(4_000, "done");
            Assert.Equal(0, one.Context.Sockets.Count);
            Assert.Equal(ErrorCodes.InvalidUse, Assert.Throws<DurableObjectException>(() => socket.Send("message", 1)).Code);
            Assert.Throws<DurableObjectException>(() => socket.SetAttachment(1));
            Assert.Throws<DurableObjectException>(() => socket.Close());
        });
        Assert.Equal(new SocketClosing(4_000, "done"), ada.Closed);
        Assert.Single(ada.Received);
        Assert.Null((await ada.SendAsync("still there?")).Error);
        await ada.CloseAsync();
        Assert.False(told);
    }

    [Theory]
    [InlineData(1001)]
    [InlineData(1006)]
    [InlineData(2_999)]
    [InlineData(5_000)]
    public async Task Only_codes_that_an_application_may_use_close_a_socket(int code)
    {
        await ConnectAsync("ada");
        Failure error = await _host.FailAsync(one => one.Context.Sockets.List()[0].Close(code));
        Assert.Equal(ErrorCodes.InvalidArgument, error.Code);
        Assert.Contains($"{code}", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_automatic_answer_is_given_without_the_object_until_it_is_removed()
    {
        List<string?> seen = [];
        _host.Script.OnMessage = (_, _, message) => seen.Add(message.Text);
        TestSocket ada = await ConnectAsync("ada");
        await _host.DoAsync(one => one.Context.Sockets.SetAutoResponse("ping", "pong"));
        Assert.Equal(new AutoResponse("ping", "pong"), _host.Summary.AutoResponse);
        long commits = _host.Commits.Count;
        await _host.DoAsync(one => one.Context.Sockets.SetAutoResponse("ping", "pong"));
        Assert.Equal(commits, _host.Commits.Count);

        await _host.Host.HibernateAllAsync();
        await ada.SendAsync("ping");
        Assert.False(_host.Host.IsAwake(_host.One));
        Assert.Equal([new SocketReceipt("message", "[\"pong\"]")], ada.Received);
        await _host.DoAsync(one => one.Context.Sockets.RemoveAutoResponse());
        await ada.SendAsync("ping");
        Assert.Equal(["ping"], seen);
        Assert.Null(_host.Summary.AutoResponse);
    }

    [Fact]
    public async Task After_a_restart_of_the_host_the_object_is_told_of_every_client_that_is_gone()
    {
        List<string> gone = [];
        _host.Script.OnClosed = (_, socket, closing) => gone.Add($"{socket.Id} {closing.Code}");
        TestSocket ada = await ConnectAsync("ada");
        TestSocket bob = await ConnectAsync("bob");
        TestSocket eve = await ConnectAsync("eve");
        await _host.Host.RunAsync(_host.One, new SocketsLostTurn([bob.Id]), CancellationToken.None);
        Assert.Equal([$"{ada.Id} 1006", $"{eve.Id} 1006"], gone);
        Assert.Equal(1, _host.Summary.Sockets);
        TurnOutcome outcome = await _host.Host.StepAsync(_host.One, new SocketsLostTurn([bob.Id]));
        Assert.Null(outcome.Commit);

        _host.Script.OnClosed = (_, _, _) => throw new FormatException();
        await _host.Host.RunAsync(_host.One, new SocketsLostTurn([]), CancellationToken.None);
        Assert.Equal(0, _host.Summary.Sockets);
    }

    [Fact]
    public async Task An_object_ended_by_an_administrator_closes_its_sockets()
    {
        TestSocket ada = await ConnectAsync("ada");
        await _host.Host.RunAsync(_host.One, new DeleteTurn(), CancellationToken.None);
        Assert.Equal(1001, ada.Closed!.Code);
        Assert.Equal((false, 0), (_host.Summary.Exists, _host.Summary.Sockets));
        Assert.Equal(404, (await _host.Host.RunAsync(_host.One, new DeleteTurn(), CancellationToken.None)).Error!.Status);
    }

    [Fact]
    public async Task A_class_that_takes_no_sockets_says_so()
    {
        await using TestHost host = TestHost.Of(typeof(Plain));
        Assert.Equal(404, (await Assert.ThrowsAsync<DurableObjectException>(() =>
            host.ConnectAsync(host.Address<Plain>("one")))).Status);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private Task<TestSocket> ConnectAsync(string name) =>
        _host.Host.ConnectAsync(_host.One, new Dictionary<string, string> { ["name"] = name });

    private sealed record Seat(string Name, int Row);

    [DurableObject("plain")]
    public sealed class Plain(ObjectContext context) : DurableObject(context);
}
