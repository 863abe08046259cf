using System.Net;
using System.Text;
using DurableObjects.Entities;
using DurableObjects.FunctionsEngine.Sockets;
using DurableObjects.SignalRStandIn;

namespace DurableObjects.Functions.Tests.Sockets;

/// <summary>Clients through negotiation, the stand-in for SignalR Service, the triggers, the relay and back.</summary>
public sealed class SocketAppTests : IAsyncLifetime
{
    private SocketApp _app = null!;

    public async Task InitializeAsync() => _app = await SocketApp.StartAsync([typeof(ChatRoom), typeof(Echo)]);

    public Task DisposeAsync() => _app.DisposeAsync().AsTask();

    [Fact]
    public async Task What_one_says_all_hear_once_through_the_group()
    {
        await using SocketClient ann = await JoinAsync("ann");
        await using SocketClient bob = await JoinAsync("bob");
        Assert.StartsWith("joined ", await ann.HearAsync(), StringComparison.Ordinal);

        await bob.SendAsync("hello");

        Assert.Contains("\"hello\"", await ann.HearAsync(), StringComparison.Ordinal);
        Assert.Contains("\"hello\"", await bob.HearAsync(), StringComparison.Ordinal);
        await _app.IdleAsync();
        Assert.Equal(2, _app.Service.MembersOf(Group("lobby")).Count);
    }

    [Fact]
    public async Task An_invocation_ends_when_it_is_done_and_fails_with_the_rooms_words()
    {
        await using SocketClient ann = await JoinAsync("ann");

        await ann.InvokeAsync("message", "");
        Assert.StartsWith("failed Result: Failure\nException: 'text' is blank", await ann.HearAsync(), StringComparison.Ordinal);
        await ann.InvokeAsync("message", "two", "arguments");
        Assert.Contains("one argument", await ann.HearAsync(), StringComparison.Ordinal);
        await ann.InvokeAsync("post", "not a target");
        Assert.Equal("failed Invocation failed, status code 404", await ann.HearAsync());

        Assert.Equal(1, _app.Objects.SummaryOf(Room("lobby")).Sockets);
    }

    [Fact]
    public async Task Whom_the_room_refuses_hears_why_and_never_joins()
    {
        await using SocketClient nobody = await SocketClient.ConnectAsync(_app.Url, "chat-room/lobby?author=");

        Assert.StartsWith("closed 'author' is blank", await nobody.HearAsync(), StringComparison.Ordinal);
        await _app.IdleAsync();
        Assert.Empty(_app.Service.MembersOf(Group("lobby")));
        Assert.Equal(0, _app.Objects.SummaryOf(Room("lobby")).Sockets);
    }

    [Fact]
    public async Task Who_goes_without_a_word_is_missed()
    {
        await using SocketClient ann = await JoinAsync("ann");
        SocketClient bob = await JoinAsync("bob");
        await ann.HearAsync();

        bob.Abort();

        Assert.StartsWith("left ", await ann.HearAsync(), StringComparison.Ordinal);
        Assert.Equal(1, _app.Objects.SummaryOf(Room("lobby")).Sockets);
        await bob.DisposeAsync();
    }

    [Fact]
    public async Task The_service_lets_nobody_in_with_a_changed_token()
    {
        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(
            () => SocketClient.ConnectAsync(_app.Url, "chat-room/lobby?author=ann", token => token[..^4] + "AAAA"));

        Assert.Equal(HttpStatusCode.Unauthorized, error.StatusCode);
    }

    [Fact]
    public async Task An_automatic_answer_comes_without_a_turn()
    {
        await using SocketClient client = await SocketClient.ConnectAsync(_app.Url, "echo/one?x=1");
        Assert.Equal("ready []", await client.HearAsync());
        long version = _app.Objects.SummaryOf(ObjectAddress.OfName("echo", "one")).Head.Commit;

        await client.SendAsync("ping");

        Assert.Equal("message [\"pong\"]", await client.HearAsync());
        Assert.Equal(version, _app.Objects.SummaryOf(ObjectAddress.OfName("echo", "one")).Head.Commit);
    }

    [Fact]
    public async Task Calls_that_are_not_the_services_come_to_nothing()
    {
        using HttpClient http = new();

        Assert.Equal(HttpStatusCode.Unauthorized, await ForgeAsync(http, "objects", "connected", "application/json"));
        Assert.Equal(HttpStatusCode.NotFound, await ForgeAsync(http, "objects", "exploded", "application/json"));
        Assert.Equal(HttpStatusCode.NotFound, await ForgeAsync(http, "other", "connected", "application/json"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await ForgeAsync(http, "objects", "connected", "text/plain"));
        Assert.Empty(_app.Objects.CommitsOf(Room("lobby")));
    }

    [Fact]
    public async Task Whatever_order_the_service_reports_in_everybody_is_let_in_once()
    {
        await using SocketApp unordered = await SocketApp.StartAsync([typeof(ChatRoom)], new StandInOptions { IsSequential = false });
        List<SocketClient> clients = [];
        for (int i = 0; i < 20; i++)
        {
            SocketClient client = await SocketClient.ConnectAsync(unordered.Url, $"chat-room/lobby?author=c{i}");
            await client.SendAsync($"first of {i}");
            clients.Add(client);
        }

        foreach (SocketClient client in clients)
        {
            Assert.StartsWith("history ", await client.HearAsync(), StringComparison.Ordinal);
        }
        await unordered.IdleAsync();
        Assert.Equal(20, unordered.Objects.SummaryOf(Room("lobby")).Sockets);
        foreach (SocketClient client in clients)
        {
            await client.DisposeAsync();
        }
    }

    private static ObjectAddress Room(string name) => ObjectAddress.OfName("chat-room", name);

    private static string Group(string name) => $"chat-room.{Room(name).Id}";

    private async Task<HttpStatusCode> ForgeAsync(HttpClient http, string hub, string @event, string type)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, _app.Url + SignalRUpstreamAdapter.Path)
        {
            Content = new StringContent("""{"type":10}""", Encoding.UTF8, type),
            Headers =
            {
                { "X-ASRS-Hub", hub }, { "X-ASRS-Category", "connections" }, { "X-ASRS-Event", @event },
                { "X-ASRS-Connection-Id", "mallory" }, { "X-ASRS-Signature", $"sha256={new string('0', 64)}" },
            },
        };
        using HttpResponseMessage response = await http.SendAsync(request);
        return response.StatusCode;
    }

    private async Task<SocketClient> JoinAsync(string author)
    {
        SocketClient client = await SocketClient.ConnectAsync(_app.Url, $"chat-room/lobby?author={author}");
        Assert.StartsWith("history ", await client.HearAsync(), StringComparison.Ordinal);
        return client;
    }

    [DurableObject("echo")]
    public sealed class Echo(ObjectContext context) : DurableObject(context)
    {
        protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
        {
            Context.Sockets.SetAutoResponse("ping", "pong");
            socket.Send("ready");
            return ValueTask.CompletedTask;
        }
    }
}
