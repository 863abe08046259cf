using System.Text;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>The messages of an <see cref="AgentSession"/>: its table, what they add up to, and where it may be cut.</summary>
internal sealed class Conversation(ObjectStorage storage)
{
    /// <summary>
    /// What else of a message is written into an answer, at most: the names of its members, its id, role, tokens and time.
    /// </summary>
    private const int MessageFrame = 200;

    // What a sum needs stands in an index of its own, so that it does not read what was said.
    public const string Migration =
        """
        CREATE TABLE message(
            id INTEGER PRIMARY KEY, role TEXT NOT NULL, tokens INTEGER NOT NULL, bytes INTEGER NOT NULL, content TEXT, tool_calls TEXT,
            tool_call_id TEXT, name TEXT, at INTEGER NOT NULL);
        CREATE INDEX message_size ON message(role, id, tokens, bytes);
        """;

    public void Insert(SessionMessage message, string? content, string? toolCalls) => storage.Sql.Exec(
        "INSERT INTO message(id, role, tokens, bytes, content, tool_calls, tool_call_id, name, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        message.Id, message.Role, message.Tokens,
        BytesOf(content, toolCalls) + BytesOf(Json(message.Name), Json(message.ToolCallId)) + MessageFrame, content, toolCalls,
        message.ToolCallId, message.Name, message.At.ToUnixTimeMilliseconds());

    public static int BytesOf(string? content, string? toolCalls) =>
        Encoding.UTF8.GetByteCount(content ?? "") + Encoding.UTF8.GetByteCount(toolCalls ?? "");

    public ConversationSize Size() => storage.Sql
        .Exec("SELECT count(*) AS count, coalesce(sum(tokens), 0) AS tokens, coalesce(sum(bytes), 0) AS bytes FROM message")
        .As<ConversationSize>().Single();

    public IEnumerable<SessionMessage> Page(int limit, long before) => Read(
        "SELECT * FROM (SELECT * FROM message WHERE id < ? ORDER BY id DESC LIMIT ?) ORDER BY id", before, limit);

    public IEnumerable<SessionMessage> Since(long id) => Read("SELECT * FROM message WHERE id > ? ORDER BY id", id);

    /// <summary>Those that no cut takes away.</summary>
    public IEnumerable<SessionMessage> OfSystem() => Read("SELECT * FROM message WHERE role = 'System' ORDER BY id");

    /// <summary>Those of the conversation proper, from an id to another.</summary>
    public IEnumerable<SessionMessage> Between(long from, long to) =>
        Read("SELECT * FROM message WHERE role <> 'System' AND id BETWEEN ? AND ? ORDER BY id", from, to);

    /// <summary>What can be cut, oldest first.</summary>
    public List<MessageSize> Sizes() =>
        [.. storage.Sql.Exec("SELECT id, role, tokens, bytes FROM message WHERE role <> 'System' ORDER BY id").As<MessageSize>()];

    public long? First() => storage.Sql.Exec("SELECT min(id) FROM message WHERE role <> 'System'").One().Get<long?>(0);

    public long? Last() => storage.Sql.Exec("SELECT max(id) FROM message").One().Get<long?>(0);

    /// <summary>Deletes up to a message, system messages left out; how many there were.</summary>
    public long DeleteUpTo(long id) => storage.Sql.Exec("DELETE FROM message WHERE role <> 'System' AND id <= ?", id).RowsWritten;

    public void Clear(bool withSystem) =>
        storage.Sql.Exec(withSystem ? "DELETE FROM message" : "DELETE FROM message WHERE role <> 'System'");

    /// <summary>
    /// How many of the oldest are to go: the fewest that are enough; or, if no number is, the most that are allowed. The answer of a tool
    /// is never left without the call that it answers, which no model would take.
    /// </summary>
    /// <param name="sizes">The messages.</param>
    /// <param name="keep">How many of the newest stay.</param>
    /// <param name="isEnough">Whether it is, of what has gone so far.</param>
    public static int Cut(IReadOnlyList<MessageSize> sizes, int keep, Func<ConversationSize, bool> isEnough)
    {
        ConversationSize gone = new(0, 0, 0);
        int cut = 0;
        for (int count = 0; count <= sizes.Count - keep; count++)
        {
            if (count == sizes.Count || sizes[count].Role != SessionRole.Tool)
            {
                cut = count;
                if (isEnough(gone))
                {
                    break;
                }
            }
            if (count < sizes.Count)
            {
                gone = gone.With(sizes[count]);
            }
        }
        return cut;
    }

    /// <summary>
    /// From where on the newest have no more than so many tokens, beginning with no answer of a tool whose call is not among them.
    /// </summary>
    public static int Newest(IReadOnlyList<MessageSize> sizes, long tokens)
    {
        int from = sizes.Count;
        for (int i = sizes.Count - 1; i >= 0 && (tokens -= sizes[i].Tokens) >= 0; i--)
        {
            from = sizes[i].Role == SessionRole.Tool ? from : i;
        }
        return from;
    }

    private static string? Json(string? text) => Argument.Json(text, "name");

    private IEnumerable<SessionMessage> Read(string sql, params ReadOnlySpan<object?> arguments) =>
        storage.Sql.Exec(sql, arguments).As<Row>().Select(row => row.ToMessage());

    private sealed record Row(
        long Id, SessionRole Role, long Tokens, string? Content, string? ToolCalls, string? ToolCallId, string? Name, long At)
    {
        public SessionMessage ToMessage() => new(
            Id, Role, Parsed(Content), Parsed(ToolCalls), ToolCallId, Name, Tokens, DateTimeOffset.FromUnixTimeMilliseconds(At));

        private static JsonElement? Parsed(string? json) => json is null ? null : JsonSerializer.Deserialize<JsonElement>(json);
    }
}

/// <summary>What messages add up to.</summary>
internal sealed record ConversationSize(int Count, long Tokens, long Bytes)
{
    public ConversationSize With(MessageSize message) => new(Count + 1, Tokens + message.Tokens, Bytes + message.Bytes);
}

/// <summary>What a message counts for.</summary>
internal sealed record MessageSize(long Id, SessionRole Role, long Tokens, long Bytes);
