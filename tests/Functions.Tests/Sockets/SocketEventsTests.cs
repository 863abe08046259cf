using System.Text;
using System.Text.Json;
using DurableObjects.Functions.Sockets;
using DurableObjects.Harness;
using DurableObjects.Http;
using DurableObjects.Turns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.Functions.Tests.Sockets;

public sealed class SocketEventsTests
{
    private static readonly ObjectAddress Lobby = ObjectAddress.OfName("chat-room", "lobby");
    private static readonly Caller Ann = new("ann", ["viewer"], new Dictionary<string, string> { ["tenant"] = "t" });
    private static readonly Dictionary<string, string> Query = new() { ["author"] = "ann" };

    private readonly FakeClock _clock = new();
    private readonly RecordedSignalR _service = new();
    private readonly Deliveries _objects = new();
    private readonly LogLines<SocketEvents> _log = new();
    private readonly SocketTickets _tickets;

    public SocketEventsTests() => _tickets = new SocketTickets(new byte[32], _clock);

    [Fact]
    public async Task A_connection_becomes_a_turn_that_opens_a_socket()
    {
        await Events.ConnectedAsync(Report("connected"), default);

        SocketDelivery delivery = Assert.Single(_objects.Sent);
        SocketOpenedTurn turn = Assert.IsType<SocketOpenedTurn>(delivery.Turn);
        Assert.Equal(Lobby, delivery.Address);
        Assert.Equal(("c-1_x", "ann", "ann"), (turn.SocketId, turn.Caller.Id, turn.Opening.Query["author"]));
        Assert.Equal(SocketCallId.OfOpening("c-1_x"), delivery.CallId);
        Assert.Empty(_service.Take());
    }

    [Fact]
    public async Task A_connection_that_is_reported_twice_is_delivered_under_the_same_id()
    {
        await Events.ConnectedAsync(Report("connected"), default);
        await Events.ConnectedAsync(Report("connected"), default);

        Assert.Single(_objects.Sent.Select(one => one.CallId).Distinct());
        Assert.NotEqual(SocketCallId.OfOpening("c"), SocketCallId.OfClosing("c"));
        Assert.NotEqual(SocketCallId.OfOpening("c"), SocketCallId.OfOpening("d"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a.b")]
    public async Task A_connection_without_a_ticket_or_with_a_forged_one_is_closed(string? ticket)
    {
        await Events.ConnectedAsync(Forged("connected", ticket), default);

        Assert.Empty(_objects.Sent);
        Assert.Equal(["close c-1_x: The ticket is not one that this host has issued."], _service.Take());
        Assert.StartsWith("Warning: The report 'connected' of the connection c-1_x is refused", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ticket_of_another_app_is_forged()
    {
        byte[] other = [.. Enumerable.Repeat((byte)1, 32)];

        await Events.ConnectedAsync(
            Forged("connected", new SocketTickets(other, _clock).Issue(Lobby, Ann, Query)), default);

        Assert.Empty(_objects.Sent);
        Assert.Single(_service.Take());
    }

    [Fact]
    public async Task A_connection_with_an_expired_ticket_is_closed_with_the_reason()
    {
        SignalRInvocationContext report = Report("connected");
        _clock.Advance(SocketTickets.DefaultLifetime);

        await Events.ConnectedAsync(report, default);

        Assert.Empty(_objects.Sent);
        Assert.Contains("negotiate again", Assert.Single(_service.Take()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_connection_that_cannot_be_closed_is_logged()
    {
        _service.Fails = _ => true;

        await Events.ConnectedAsync(Forged("connected", "x"), default);

        Assert.Equal("Error: The refused connection c-1_x could not be closed.", _log.Lines[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nINFO: all is well")]
    [InlineData("a b")]
    public async Task An_id_that_is_none_is_refused_and_not_logged(string id)
    {
        SignalRInvocationContext report = Report("connected");
        report.ConnectionId = id;

        await Assert.ThrowsAsync<SocketRefusedException>(() => Events.ConnectedAsync(report, default));

        Assert.Empty(_service.Take());
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_message_becomes_a_turn_and_ends_with_its_answer()
    {
        await Events.MessageAsync(Report("message", Json("\"hällo\"")), default);

        SocketDelivery delivery = Assert.Single(_objects.Called);
        SocketMessageTurn turn = Assert.IsType<SocketMessageTurn>(delivery.Turn);
        Assert.Equal(("c-1_x", "\"hällo\"", "ann"), (turn.SocketId, Encoding.UTF8.GetString(turn.Message.Json.Span), turn.Caller.Id));
        Assert.Equal("ann", delivery.Opening!.Query["author"]);
    }

    [Theory]
    [InlineData("{\"a\":[1,2.5,null]}")]
    [InlineData("null")]
    [InlineData("12345678901234567890")]
    [InlineData("\"\\u0001\"")]
    public async Task Any_JSON_is_a_message(string json)
    {
        await Events.MessageAsync(Report("message", Json(json)), default);

        Assert.Equal(json, Encoding.UTF8.GetString(Assert.IsType<SocketMessageTurn>(_objects.Called[0].Turn).Message.Json.Span));
    }

    [Fact]
    public async Task Two_messages_of_one_text_are_two()
    {
        await Events.MessageAsync(Report("message", Json("1")), default);
        await Events.MessageAsync(Report("message", Json("1")), default);

        Assert.Equal(2, _objects.Called.Select(one => one.CallId).Distinct().Count());
    }

    [Fact]
    public async Task A_message_hours_after_the_ticket_has_expired_is_taken_but_lets_nobody_in()
    {
        SignalRInvocationContext report = Report("message", Json("1"));
        _clock.Advance(TimeSpan.FromHours(9));

        await Events.MessageAsync(report, default);

        Assert.Null(Assert.Single(_objects.Called).Opening);
        Assert.Empty(_service.Take());
    }

    [Fact]
    public async Task A_message_without_a_ticket_is_refused_and_the_connection_closed()
    {
        SocketRefusedException error = await Assert.ThrowsAsync<SocketRefusedException>(
            () => Events.MessageAsync(Forged("message", "forged", Json("1")), default));

        Assert.Equal("The socket is not open.", error.Message);
        Assert.Empty(_objects.Called);
        Assert.Single(_service.Take());
    }

    [Fact]
    public async Task A_message_that_is_not_one_argument_is_refused_and_the_connection_stays()
    {
        foreach (object[]? arguments in new object[]?[] { null, [], [Json("1"), Json("2")] })
        {
            SignalRInvocationContext report = Report("message");
            report.Arguments = arguments;
            await Assert.ThrowsAsync<SocketRefusedException>(() => Events.MessageAsync(report, default));
        }

        Assert.Empty(_objects.Called);
        Assert.Empty(_service.Take());
    }

    [Fact]
    public async Task What_the_object_refuses_fails_with_its_words_and_no_stack()
    {
        _objects.Answer = Answer.Failed(new DurableObjectException(400, ErrorCodes.InvalidArgument, "'text' is blank."));

        SocketRefusedException error = await Assert.ThrowsAsync<SocketRefusedException>(
            () => Events.MessageAsync(Report("message", Json("\"\"")), default));

        Assert.Equal(("'text' is blank.", ""), (error.Message, error.StackTrace));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task What_the_host_gets_wrong_is_logged_and_not_told()
    {
        _objects.Error = new InvalidOperationException("the account's key is hunter2");

        SocketRefusedException error = await Assert.ThrowsAsync<SocketRefusedException>(
            () => Events.MessageAsync(Report("message", Json("1")), default));

        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
        Assert.Equal("Error: A message of the connection c-1_x to chat-room/lobby was not handled.", Assert.Single(_log.Lines));
    }

    [Fact]
    public async Task The_automatic_answer_is_sent_without_waking_the_object()
    {
        _objects.Automatic = new AutoResponse("ping", "pöng");

        await Events.MessageAsync(Report("message", Json("\"ping\"")), default);
        await Events.MessageAsync(Report("message", Json("\"pong\"")), default);

        Assert.Equal(["send c-1_x: \"pöng\""], _service.Take());
        Assert.Single(_objects.Called);
    }

    [Fact]
    public async Task Only_texts_that_may_be_the_request_are_worth_asking_for_the_automatic_answer()
    {
        string longest = new('x', Limits.AutoResponseCharacters);

        foreach (string json in new[] { "1", "null", "{\"ping\":1}", "\"\"", $"\"{longest}x\"", $"\"{new string('x', 100_000)}\"" })
        {
            await Events.MessageAsync(Report("message", Json(json)), default);
        }
        Assert.Equal(0, _objects.Asked);

        await Events.MessageAsync(Report("message", Json($"\"{longest}\"")), default);
        Assert.Equal(1, _objects.Asked);
    }

    [Fact]
    public async Task An_automatic_answer_that_cannot_be_sent_is_lost_and_logged()
    {
        _objects.Automatic = new AutoResponse("ping", "pong");
        _service.Fails = _ => true;

        await Events.MessageAsync(Report("message", Json("\"ping\"")), default);

        Assert.Empty(_objects.Called);
        Assert.Equal("Error: The automatic answer of chat-room/lobby could not be sent to c-1_x.", Assert.Single(_log.Lines));
    }

    [Theory]
    [InlineData(null, 1001, "the client has gone")]
    [InlineData("", 1001, "the client has gone")]
    [InlineData("Connection reset.", 1006, "the connection was lost")]
    public async Task The_end_of_a_connection_becomes_a_turn_however_long_it_lasted(string? error, int code, string reason)
    {
        SignalRInvocationContext report = Report("disconnected");
        report.Error = error;
        _clock.Advance(TimeSpan.FromDays(1));

        await Events.DisconnectedAsync(report, default);

        SocketDelivery delivery = Assert.Single(_objects.Sent);
        SocketClosedTurn turn = Assert.IsType<SocketClosedTurn>(delivery.Turn);
        Assert.Equal(("c-1_x", new SocketClosing(code, reason), "ann"), (turn.SocketId, turn.Closing, turn.Caller.Id));
        Assert.Equal(SocketCallId.OfClosing("c-1_x"), delivery.CallId);
    }

    [Fact]
    public async Task A_forged_end_comes_to_nothing()
    {
        await Events.DisconnectedAsync(Forged("disconnected", "forged"), default);

        Assert.Empty(_objects.Sent);
        Assert.Empty(_service.Take());
        Assert.Single(_log.Lines);
    }

    private SocketEvents Events => new(_tickets, _objects, _service, _clock, _log);

    /// <summary>As the worker has them: a JSON value, or null.</summary>
    private static object Json(string json) => JsonSerializer.Deserialize<object>(json)!;

    private SignalRInvocationContext Report(string @event, params object[] arguments) =>
        Forged(@event, _tickets.Issue(Lobby, Ann, Query), arguments);

    private static SignalRInvocationContext Forged(string @event, string? ticket, params object[] arguments) => new()
    {
        Hub = SocketHub.Name,
        Event = @event,
        ConnectionId = "c-1_x",
        Claims = ticket is null
            ? new Dictionary<string, StringValues>()
            : new Dictionary<string, StringValues> { ["exp"] = "1", [SocketHub.TicketClaim] = ticket },
        Arguments = arguments,
    };

    private sealed class Deliveries : IObjectDelivery
    {
        public List<SocketDelivery> Sent { get; } = [];

        public List<SocketDelivery> Called { get; } = [];

        public Answer Answer { get; set; } = Answer.Nothing;

        public Exception? Error { get; set; }

        public AutoResponse? Automatic { get; set; }

        public int Asked { get; private set; }

        public ValueTask SendAsync(SocketDelivery delivery, CancellationToken cancellation)
        {
            Sent.Add(delivery);
            return ValueTask.CompletedTask;
        }

        public ValueTask<Answer> CallAsync(SocketDelivery delivery, CancellationToken cancellation)
        {
            Called.Add(delivery);
            return Error is null ? ValueTask.FromResult(Answer) : ValueTask.FromException<Answer>(Error);
        }

        public ValueTask<AutoResponse?> AutoResponseAsync(ObjectAddress address, CancellationToken cancellation)
        {
            Asked++;
            return ValueTask.FromResult(Automatic);
        }
    }
}
