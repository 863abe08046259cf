using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The updates of a <see cref="Document"/> since a base text, into which older ones are folded, and the text that they lead to: made of
/// both when it is first needed.
/// </summary>
internal sealed class DocumentLog(ObjectStorage storage)
{
    public const string Migration =
        """
        CREATE TABLE base(id INTEGER PRIMARY KEY CHECK (id = 0), version INTEGER NOT NULL, text TEXT NOT NULL);
        CREATE TABLE log(version INTEGER PRIMARY KEY, client TEXT NOT NULL, changes TEXT NOT NULL, effects TEXT);
        """;

    private CurrentText? _current;

    public long BaseVersion() => storage.Sql.Exec("SELECT coalesce((SELECT version FROM base), 0)").One().Get<long>(0);

    public long NewestVersion() => storage.Sql
        .Exec("SELECT coalesce((SELECT max(version) FROM log), (SELECT version FROM base), 0)").One().Get<long>(0);

    public IEnumerable<DocumentLogRow> After(long version, int limit) =>
        storage.Sql.Exec("SELECT * FROM log WHERE version > ? ORDER BY version LIMIT ?", version, limit).As<DocumentLogRow>();

    /// <summary>The newest text. It is changed by what is added to the log.</summary>
    public CurrentText Current() => _current ??= Load(long.MaxValue);

    /// <summary>The text as it was at a version, made from base and log.</summary>
    public CurrentText Load(long version)
    {
        SqlRow? row = storage.Sql.Exec("SELECT version, text FROM base").FirstOrDefault();
        CurrentText loaded = new(new DocumentText(row?.Get<string>(1) ?? ""), row?.Get<long>(0) ?? 0);
        foreach (DocumentLogRow entry in After(loaded.BaseVersion, -1).TakeWhile(one => one.Version <= version))
        {
            loaded.Text.Apply(DocumentChanges.Read(entry.Changes), "changes");
            loaded.Add(entry);
        }
        return loaded;
    }

    /// <summary>Applies an update to the newest text and keeps it.</summary>
    public void Add(DocumentLogRow row, DocumentChanges changes, string name)
    {
        CurrentText current = Current();
        current.Text.Apply(changes, name);
        current.Add(row);
        storage.Sql.Exec(
            "INSERT INTO log(version, client, changes, effects) VALUES (?, ?, ?, ?)", row.Version, row.Client, row.Changes, row.Effects);
    }

    /// <summary>Folds the older half, if there is too much.</summary>
    public void FoldIfFull()
    {
        CurrentText current = Current();
        if (current.Version - current.BaseVersion > DocumentLimits.MaxLog || current.LogCharacters > DocumentLimits.LogCharacters)
        {
            Fold(DocumentLimits.KeptLog, DocumentLimits.LogCharacters / 2);
        }
    }

    /// <summary>Moves the base on, to where no more than so many updates and characters of JSON follow.</summary>
    public void Fold(int updates, long characters)
    {
        CurrentText current = Current();
        long version = current.Version;
        long kept = 0;
        foreach (DocumentLogRow row in storage.Sql.Exec("SELECT * FROM log ORDER BY version DESC LIMIT ?", updates).As<DocumentLogRow>())
        {
            if (kept + row.Characters > characters)
            {
                break;
            }
            kept += row.Characters;
            version = row.Version - 1;
        }
        if (version > current.BaseVersion)
        {
            DocumentText text = version == current.Version ? current.Text : Load(version).Text;
            storage.Sql.Exec("INSERT OR REPLACE INTO base(id, version, text) VALUES (0, ?, ?)", version, text.ToString());
            storage.Sql.Exec("DELETE FROM log WHERE version <= ?", version);
            current.Folded(version, kept);
        }
    }
}

/// <summary>The text that the log has led to, and what there is of the log.</summary>
internal sealed class CurrentText(DocumentText text, long baseVersion)
{
    public DocumentText Text => text;

    public long BaseVersion { get; private set; } = baseVersion;

    public long Version { get; private set; } = baseVersion;

    public long LogCharacters { get; private set; }

    public void Add(DocumentLogRow row)
    {
        Version = row.Version;
        LogCharacters += row.Characters;
    }

    public void Folded(long baseVersion, long logCharacters) => (BaseVersion, LogCharacters) = (baseVersion, logCharacters);
}

/// <summary>An update as the table has it.</summary>
internal sealed record DocumentLogRow(long Version, string Client, string Changes, string? Effects)
{
    public long Characters => Changes.Length + (Effects?.Length ?? 0);

    public DocumentUpdate ToUpdate() => new(Client, Json(Changes), Effects is null ? null : Json(Effects));

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
