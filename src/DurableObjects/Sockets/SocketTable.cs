using System.Text.Json;
using DurableObjects.Storage;

namespace DurableObjects.Sockets;

/// <summary>A socket as stored.</summary>
internal sealed record SocketRow(string Id, long Opened, IReadOnlyList<string> Tags, byte[]? Attachment);

/// <summary>The sockets of an object, which outlive its instance.</summary>
internal sealed class SocketTable(SqliteDatabase database)
{
    private const string Table = RuntimeSchema.Prefix + "socket";
    private const string InsertSql = $"INSERT INTO {Table}(id, opened, tags) VALUES (?1, ?2, '[]')";
    private const string GetSql = $"SELECT id, opened, tags, attachment FROM {Table} WHERE id = ?1";
    private const string ListSql = $"SELECT id, opened, tags, attachment FROM {Table} ORDER BY opened, id";
    private const string ListTaggedSql =
        $"SELECT id, opened, tags, attachment FROM {Table} WHERE instr(tags, ?1) ORDER BY opened, id";
    private const string SetTagsSql = $"UPDATE {Table} SET tags = ?2 WHERE id = ?1";
    private const string SetAttachmentSql = $"UPDATE {Table} SET attachment = ?2 WHERE id = ?1";
    private const string DeleteSql = $"DELETE FROM {Table} WHERE id = ?1";
    private const string CountSql = $"SELECT count(*) FROM {Table}";

    public void Insert(string id, long opened)
    {
        using StatementUse use = database.Use(InsertSql, out SqliteStatement statement);
        statement.BindText(1, id).Bind(2, opened).Step();
    }

    public SocketRow? Get(string id)
    {
        using StatementUse use = database.Use(GetSql, out SqliteStatement statement);
        return statement.BindText(1, id).Step() ? Read(statement) : null;
    }

    public List<SocketRow> List(string? tag) => Select(tag, Read);

    public List<string> Ids(string? tag) => Select(tag, static statement => statement.Text(0));

    public void SetTags(string id, IReadOnlyList<string> tags)
    {
        using StatementUse use = database.Use(SetTagsSql, out SqliteStatement statement);
        statement.BindText(1, id).BindText(2, JsonSerializer.Serialize(tags)).Step();
    }

    public void SetAttachment(string id, byte[]? attachment)
    {
        using StatementUse use = database.Use(SetAttachmentSql, out SqliteStatement statement);
        statement.BindText(1, id);
        (attachment is null ? statement.BindNull(2) : statement.BindBlob(2, attachment)).Step();
    }

    public void Delete(string id)
    {
        using StatementUse use = database.Use(DeleteSql, out SqliteStatement statement);
        statement.BindText(1, id).Step();
    }

    public int Count()
    {
        using StatementUse use = database.Use(CountSql, out SqliteStatement statement);
        statement.Step();
        return statement.Int32(0);
    }

    /// <summary>The sockets that have a tag, or all.</summary>
    private List<T> Select<T>(string? tag, Func<SqliteStatement, T> read)
    {
        using StatementUse use = database.Use(tag is null ? ListSql : ListTaggedSql, out SqliteStatement statement);
        if (tag is not null)
        {
            // The text of the tag as it stands among others: four times faster than to read every socket's tags. What stands between two
            // tags may look like one, so those that are found are read.
            statement.BindText(1, JsonSerializer.Serialize(tag));
        }
        List<T> rows = [];
        while (statement.Step())
        {
            if (tag is null || Tags(statement).Contains(tag))
            {
                rows.Add(read(statement));
            }
        }
        return rows;
    }

    private static string[] Tags(SqliteStatement statement) => JsonSerializer.Deserialize<string[]>(statement.Bytes(2)) ?? [];

    private static SocketRow Read(SqliteStatement statement) => new(
        statement.Text(0),
        statement.Int64(1),
        Tags(statement),
        statement.IsNull(3) ? null : statement.Bytes(3).ToArray());
}
