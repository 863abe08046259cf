namespace DurableObjects.Entities;

/// <summary>
/// A room in which everybody hears everybody, and newcomers what was said last. A client connects with <c>?author=</c>, gets
/// <c>history</c> before anything else, sends texts, and hears <c>message</c>, <c>joined</c> and <c>left</c>.
/// </summary>
[DurableObject("chat-room")]
public sealed class ChatRoom(ObjectContext context) : DurableObject(context), IChatRoom
{
    /// <summary>Characters (UTF-16) of an author.</summary>
    public const int AuthorCharacters = 64;

    /// <summary>
    /// Characters (UTF-16) of a text. At six bytes a character, which is JSON's worst, the messages that a newcomer gets stay
    /// below <see cref="Limits.SocketMessageBytes"/>.
    /// </summary>
    public const int TextCharacters = 2_000;

    /// <summary>Messages of one page of history. The longest stay below <see cref="Limits.ResponseBytes"/>, as above.</summary>
    public const int HistoryMessages = 500;

    /// <summary>Messages that a newcomer gets.</summary>
    public const int HistoryOnConnect = 50;

    private const string MemberTag = "member";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        "CREATE TABLE message(id INTEGER PRIMARY KEY, author TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL)",
    ];

    /// <inheritdoc/>
    public Task<ChatMessage> Post(string author, string text)
    {
        Check(author, "author", AuthorCharacters);
        Check(text, "text", TextCharacters);
        ChatMessage message = Storage.Sql
            .Exec("INSERT INTO message(author, text, at) VALUES (?, ?, ?) RETURNING *", author, text, Context.Now)
            .As<ChatMessage>().Single();
        Context.Sockets.Send("message", message);
        return Task.FromResult(message);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<ChatMessage>> History(int limit = HistoryOnConnect, long? before = null) =>
        limit is >= 1 and <= HistoryMessages
        ? Task.FromResult(Newest(limit, before ?? long.MaxValue))
        : throw Argument.Invalid($"'limit' is {limit}; it must be 1 to {HistoryMessages}.");

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        string author = opening.Query.GetValueOrDefault("author") ?? throw Argument.Invalid("Connect with '?author='; it is missing.");
        Check(author, "author", AuthorCharacters);
        socket.SetAttachment(author);
        socket.Send("history", Newest(HistoryOnConnect, long.MaxValue));
        Context.Sockets.SendToTag(MemberTag, "joined", new ChatPresence(author, Context.Now));
        // Tagged only now, so that newcomers do not hear of themselves.
        socket.SetTags(MemberTag);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message) =>
        await Post(AuthorOf(socket), message.Text ?? throw Argument.Invalid("A message to a chat room is a text."));

    /// <inheritdoc/>
    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        Context.Sockets.Send("left", new ChatPresence(AuthorOf(socket), Context.Now));
        return ValueTask.CompletedTask;
    }

    private static string AuthorOf(ObjectSocket socket) => socket.GetAttachment<string>()!;

    private static void Check(string value, string name, int limit)
    {
        if (value.Length > limit)
        {
            throw Argument.Invalid($"'{name}' has {value.Length:N0} characters; the limit is {limit:N0}.");
        }
        if (string.IsNullOrWhiteSpace(value))
        {
            throw Argument.Invalid($"'{name}' is blank; it must have 1 to {limit:N0} characters.");
        }
    }

    private IReadOnlyList<ChatMessage> Newest(int limit, long before) =>
    [
        .. Storage.Sql.Exec(
            "SELECT * FROM (SELECT id, author, text, at FROM message WHERE id < ? ORDER BY id DESC LIMIT ?) ORDER BY id",
            before, limit).As<ChatMessage>(),
    ];
}
