using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What is new of what the sources list: which items are known, with which content, and the feed of those that were new.</summary>
internal sealed class PollNews(ObjectStorage storage)
{
    public const string Migration =
        """
        CREATE TABLE known(
            source INTEGER NOT NULL, id TEXT NOT NULL, hash BLOB NOT NULL, listed INTEGER NOT NULL,
            PRIMARY KEY(source, id)) WITHOUT ROWID;
        CREATE INDEX known_by_age ON known(source, listed);
        CREATE TABLE item(
            number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, id TEXT NOT NULL, changed INTEGER NOT NULL,
            at INTEGER NOT NULL, content TEXT NOT NULL);
        """;

    /// <summary>Notes what an answer lists, and puts into the feed what of it is new.</summary>
    public List<PolledItem> TakeNote(PollRow row, IEnumerable<FoundItem> found, long now)
    {
        List<FoundItem> all = [.. found.Take(PollLimits.MaxItems + 1)];
        if (all.Count > PollLimits.MaxItems)
        {
            throw Argument.Invalid($"It has more than {PollLimits.MaxItems:N0} items, which is the limit.");
        }
        Dictionary<string, FoundItem> last = [];
        all.ForEach(item => last[item.Id] = item);
        List<PolledItem> fresh = [];
        foreach (FoundItem item in all.Where(item => ReferenceEquals(last[item.Id], item)))
        {
            Argument.Text(item.Id, "id", PollLimits.ItemIdCharacters);
            string json = Argument.JsonOf(item.Content, $"The item '{item.Id}'", PollLimits.ItemBytes)!;
            if (IsNews(row, item.Id, SHA256.HashData(Encoding.UTF8.GetBytes(json))) is { } isChange)
            {
                fresh.Add(storage.Sql.Exec(
                    "INSERT INTO item(source, id, changed, at, content) VALUES (?, ?, ?, ?, ?) RETURNING *",
                    row.Id, item.Id, isChange, now, json).As<ItemRow>().Single().ToItem());
            }
        }
        storage.Sql.Exec("DELETE FROM item WHERE number <= (SELECT max(number) FROM item) - ?", PollLimits.FeedItems);
        storage.Sql.Exec(
            """
            DELETE FROM known WHERE source = ?1 AND id IN (
                SELECT id FROM known WHERE source = ?1 ORDER BY listed DESC LIMIT -1 OFFSET ?2)
            """, row.Key, PollLimits.MaxKnown);
        return fresh;
    }

    public void Forget(PollRow row) => storage.Sql.Exec("DELETE FROM known WHERE source = ?", row.Key);

    public IReadOnlyList<PolledItem> Page(long after, int limit) =>
    [
        .. storage.Sql.Exec("SELECT * FROM item WHERE number > ? ORDER BY number LIMIT ?", after, limit).As<ItemRow>()
            .Select(row => row.ToItem()),
    ];

    /// <summary>Whether an item was known with another content; null if it was with this one. Notes that it was listed.</summary>
    private bool? IsNews(PollRow row, string id, byte[] hash)
    {
        byte[]? before = storage.Sql.Exec("SELECT hash FROM known WHERE source = ? AND id = ?", row.Key, id)
            .FirstOrDefault()?.Get<byte[]>(0);
        storage.Sql.Exec(
            "INSERT OR REPLACE INTO known(source, id, hash, listed) VALUES (?, ?, ?, ?)", row.Key, id, hash, row.Polls + 1);
        return before is null ? false : before.AsSpan().SequenceEqual(hash) ? null : true;
    }

    private sealed record ItemRow(long Number, string Source, string Id, bool Changed, long At, string Content)
    {
        public PolledItem ToItem() => new(
            Number, Source, Id, Changed, DateTimeOffset.FromUnixTimeMilliseconds(At),
            JsonSerializer.Deserialize<JsonElement>(Content, ObjectJson.Options));
    }
}
