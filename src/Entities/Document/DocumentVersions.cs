namespace DurableObjects.Entities;

/// <summary>The texts that are kept under a name.</summary>
internal sealed class DocumentVersions(ObjectStorage storage)
{
    public const string Migration =
        """
        CREATE TABLE saved(
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, at TEXT NOT NULL,
            characters INTEGER NOT NULL, text TEXT NOT NULL);
        """;

    public IReadOnlyList<DocumentVersion> All() =>
        [.. storage.Sql.Exec("SELECT name, version, at, characters FROM saved ORDER BY id").As<DocumentVersion>()];

    public int Count() => storage.Sql.Exec("SELECT count(*) FROM saved").One().Get<int>(0);

    public bool Has(string name) => storage.Sql.Exec("SELECT 1 FROM saved WHERE name = ?", name).FirstOrDefault() is not null;

    public DocumentSnapshot? Find(string name) => storage.Sql
        .Exec("SELECT version, text AS doc FROM saved WHERE name = ?", name).As<DocumentSnapshot>().FirstOrDefault();

    public void Add(DocumentVersion version, string text) => storage.Sql.Exec(
        "INSERT INTO saved(name, version, at, characters, text) VALUES (?, ?, ?, ?, ?)",
        version.Name, version.Version, version.At, version.Characters, text);

    public bool Remove(string name) => storage.Sql.Exec("DELETE FROM saved WHERE name = ?", name).RowsWritten > 0;
}
