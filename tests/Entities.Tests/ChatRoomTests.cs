using System.Text;
using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class ChatRoomTests : IAsyncLifetime
{
    /// <summary>A character that JSON needs six bytes for.</summary>
    private const char Costly = '\u0001';

    private readonly TestHost _host = TestHost.Of(typeof(ChatRoom));

    private IChatRoom Room => _host.Objects.Get<IChatRoom>("lobby");

    private ObjectAddress Address => _host.Address<IChatRoom>("lobby");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_post_answers_the_message_as_stored()
    {
        ChatMessage first = await Room.Post("ada", "hello");
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1500));
        ChatMessage second = await Room.Post("bob", "hi");

        Assert.Equal(new ChatMessage(1, "ada", "hello", FakeClock.DefaultStart), first);
        Assert.Equal(new ChatMessage(2, "bob", "hi", FakeClock.DefaultStart.AddSeconds(1.5)), second);
        Assert.Equal([first, second], await Room.History());
    }

    [Fact]
    public async Task Over_HTTP_messages_are_camelCase_with_an_ISO_time()
    {
        const string Message = """{"id":1,"author":"ada","text":"hello","at":"2030-01-01T00:00:00+00:00"}""";

        Assert.Equal(Message, await _host.PostAsync("chat-room", "lobby", "post", """{"author":"ada","text":"hello"}"""));
        Assert.Equal($"[{Message}]", await _host.PostAsync("chat-room", "lobby", "history", """{"limit":1}"""));
    }

    [Fact]
    public async Task A_post_reaches_every_socket_of_its_room_as_one_object()
    {
        TestSocket ada = await ConnectAsync("ada");
        TestSocket bob = await ConnectAsync("bob");
        TestSocket elsewhere = await _host.ConnectAsync(_host.Address<IChatRoom>("attic"), Author("eve"));

        await Room.Post("carol", "hello");

        const string Message = """[{"id":1,"author":"carol","text":"hello","at":"2030-01-01T00:00:00+00:00"}]""";
        Assert.Equal(new SocketReceipt("message", Message), ada.Received[^1]);
        Assert.Equal(new SocketReceipt("message", Message), bob.Received[^1]);
        Assert.DoesNotContain(elsewhere.Received, receipt => receipt.Target == "message");
    }

    [Fact]
    public async Task What_a_socket_sends_is_stored_and_sent_to_all_the_sender_too()
    {
        TestSocket ada = await ConnectAsync("ada");
        TestSocket bob = await ConnectAsync("bob");

        Assert.Null((await ada.SendAsync("hello")).Error);

        Assert.Equal("message", ada.Received[^1].Target);
        Assert.Equal(ada.Received[^1], bob.Received[^1]);
        Assert.Equal(new ChatMessage(1, "ada", "hello", FakeClock.DefaultStart), Assert.Single(await Room.History()));
    }

    [Fact]
    public async Task A_newcomer_gets_the_last_fifty_messages_before_anything_else()
    {
        for (int i = 1; i <= 51; i++)
        {
            await Room.Post("ada", $"text {i}");
        }

        TestSocket bob = await ConnectAsync("bob");

        SocketReceipt receipt = Assert.Single(bob.Received);
        Assert.Equal("history", receipt.Target);
        ChatMessage[] messages = Assert.Single(
            JsonSerializer.Deserialize<ChatMessage[][]>(receipt.Arguments, ObjectJson.Options)!);
        Assert.Equal(Enumerable.Range(2, 50).Select(i => (long)i), messages.Select(message => message.Id));
    }

    [Fact]
    public async Task The_first_to_come_gets_an_empty_history()
    {
        TestSocket ada = await ConnectAsync("ada");

        Assert.Equal([new SocketReceipt("history", "[[]]")], ada.Received);
    }

    [Fact]
    public async Task The_others_hear_who_joined_and_who_left()
    {
        TestSocket ada = await ConnectAsync("ada");
        _host.Clock.Advance(TimeSpan.FromSeconds(1));
        TestSocket bob = await ConnectAsync("bob");
        _host.Clock.Advance(TimeSpan.FromSeconds(1));
        await bob.CloseAsync();

        Assert.Equal(
            [
                new SocketReceipt("history", "[[]]"),
                new SocketReceipt("joined", """[{"author":"bob","at":"2030-01-01T00:00:01+00:00"}]"""),
                new SocketReceipt("left", """[{"author":"bob","at":"2030-01-01T00:00:02+00:00"}]"""),
            ],
            ada.Received);
        Assert.Equal([new SocketReceipt("history", "[[]]")], bob.Received);
    }

    [Fact]
    public async Task A_socket_keeps_its_author_while_the_room_hibernates()
    {
        TestSocket ada = await ConnectAsync("ada");
        TestSocket bob = await ConnectAsync("bob");

        await _host.HibernateAllAsync();
        await ada.SendAsync("still here");
        await _host.HibernateAllAsync(rebuild: true);
        await bob.CloseAsync();

        Assert.Contains("\"author\":\"ada\",\"text\":\"still here\"", bob.Received[^1].Arguments, StringComparison.Ordinal);
        Assert.Equal("left", ada.Received[^1].Target);
        Assert.Contains("\"author\":\"bob\"", ada.Received[^1].Arguments, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sockets_that_a_restart_cut_off_have_left()
    {
        TestSocket ada = await ConnectAsync("ada");
        await ConnectAsync("bob");

        await _host.RunAsync(Address, new SocketsLostTurn([ada.Id]), CancellationToken.None);

        Assert.Equal(
            new SocketReceipt("left", """[{"author":"bob","at":"2030-01-01T00:00:00+00:00"}]"""), ada.Received[^1]);
        Assert.Equal(1, _host.SummaryOf(Address).Sockets);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t")]
    public async Task A_socket_without_an_author_is_refused_and_nobody_hears_of_it(string? author)
    {
        TestSocket ada = await ConnectAsync("ada");

        await Expect.InvalidArgument(() => ConnectAsync(author), "author");

        Assert.Equal(1, _host.SummaryOf(Address).Sockets);
        Assert.Single(ada.Received);
    }

    [Fact]
    public async Task A_socket_with_too_long_an_author_is_refused()
    {
        await ConnectAsync(new string('a', ChatRoom.AuthorCharacters));

        await Expect.InvalidArgument(() => ConnectAsync(new string('a', 65)), "'author'", "65", "64");
    }

    [Fact]
    public async Task Author_and_text_may_have_as_many_characters_as_the_limits_say_and_no_more()
    {
        string author = new('a', 64);
        string text = new('t', 2_000);
        ChatMessage message = await Room.Post(author, text);
        Assert.Equal((author, text), (message.Author, message.Text));

        await Expect.InvalidArgument(() => Room.Post(author + "a", "text"), "'author'", "65", "64");
        await Expect.InvalidArgument(() => Room.Post("ada", text + "t"), "'text'", "2,001", "2,000");
        Assert.Single(await Room.History());
    }

    [Theory]
    [InlineData("", "text", "author")]
    [InlineData("  ", "text", "author")]
    [InlineData("ada", "", "text")]
    [InlineData("ada", " \n", "text")]
    public async Task A_blank_author_or_text_is_refused(string author, string text, string named) =>
        await Expect.InvalidArgument(() => Room.Post(author, text), $"'{named}' is blank");

    [Fact]
    public async Task What_a_socket_sends_must_be_a_text_within_the_limit()
    {
        TestSocket ada = await ConnectAsync("ada");

        Failure? notText = (await ada.SendAsync(new { text = "hello" })).Error;
        Failure? tooLong = (await ada.SendAsync(new string('t', 2_001))).Error;

        Assert.Equal((400, ErrorCodes.InvalidArgument), (notText!.Status, notText.Code));
        Assert.Equal((400, ErrorCodes.InvalidArgument), (tooLong!.Status, tooLong.Code));
        Assert.Empty(await Room.History());
        Assert.Single(ada.Received);
    }

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"without an end")]
    [InlineData("")]
    public async Task A_malformed_message_is_refused_as_the_senders_mistake(string json)
    {
        TestSocket ada = await ConnectAsync("ada");
        SocketMessage message = new(Encoding.UTF8.GetBytes(json));

        Answer answer = await _host.RunAsync(Address, new SocketMessageTurn(ada.Id, message), CancellationToken.None);

        Assert.Equal((400, ErrorCodes.InvalidArgument), (answer.Error!.Status, answer.Error.Code));
    }

    [Fact]
    public async Task A_post_whose_JSON_is_no_valid_Unicode_is_refused()
    {
        Task PostAsync(string json) => _host.PostAsync("chat-room", "lobby", "post", json);

        await Expect.InvalidArgument(() => PostAsync("""{"author":"\ud800","text":"x"}"""), "'author'");
        await Expect.InvalidArgument(() => PostAsync("""{"a\ud800":"ada","text":"x"}"""), "chat-room.post");
    }

    [Fact]
    public async Task History_is_the_newest_messages_before_an_id_oldest_first()
    {
        for (int i = 1; i <= 60; i++)
        {
            await Room.Post("ada", $"text {i}");
        }

        Assert.Equal(Ids(11, 60), (await Room.History()).Select(message => message.Id));
        Assert.Equal(Ids(58, 60), (await Room.History(3)).Select(message => message.Id));
        Assert.Equal(Ids(55, 57), (await Room.History(3, 58)).Select(message => message.Id));
        Assert.Equal(Ids(1, 2), (await Room.History(500, 3)).Select(message => message.Id));
        Assert.Empty(await Room.History(10, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(501)]
    public async Task A_page_of_history_outside_its_limits_is_refused(int limit) =>
        await Expect.InvalidArgument(() => Room.History(limit), "'limit'", $"{limit}", "500");

    [Fact]
    public async Task The_largest_messages_fit_a_newcomers_history_and_the_largest_page()
    {
        string author = "a" + new string(Costly, ChatRoom.AuthorCharacters - 1);
        string text = "t" + new string(Costly, ChatRoom.TextCharacters - 1);
        for (int i = 0; i < ChatRoom.HistoryMessages; i++)
        {
            await Room.Post(author, text);
        }

        TestSocket bob = await ConnectAsync("bob");

        Assert.True(bob.Received[0].Arguments.Length > ChatRoom.HistoryOnConnect * ChatRoom.TextCharacters * 5);
        Assert.Equal(ChatRoom.HistoryMessages, (await Room.History(ChatRoom.HistoryMessages)).Count);
    }

    [Fact]
    public async Task A_text_comes_back_as_it_was_whatever_its_characters()
    {
        const string Text = "'; DROP TABLE message; -- \0 \u202e \"quoted\" 🙂";

        await Room.Post("ada", Text);

        Assert.Equal(Text, Assert.Single(await Room.History()).Text);
    }

    private static IEnumerable<long> Ids(int first, int last) => Enumerable.Range(first, last - first + 1).Select(id => (long)id);

    private static Dictionary<string, string> Author(string? author) => author is null ? [] : new() { ["author"] = author };

    private Task<TestSocket> ConnectAsync(string? author) => _host.ConnectAsync(Address, Author(author));
}
