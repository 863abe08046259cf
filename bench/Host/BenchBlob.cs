namespace DurableObjects.BenchHost;

/// <summary>A large database that does not compress, for recovery.</summary>
[DurableObject("bench-blob")]
internal sealed class BenchBlob(ObjectContext context) : DurableObject(context)
{
    protected override IReadOnlyList<string> Migrations => ["CREATE TABLE piece(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)"];

    /// <summary>Adds pieces of 1 MiB of random bytes.</summary>
    public void Add(long pieces) => Storage.Sql.Exec(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        + "INSERT INTO piece(bytes) SELECT randomblob(1048576) FROM n", pieces);

    /// <summary>Changes one piece, so that there is something to undo.</summary>
    public void Spoil(long id) => Storage.Sql.Exec("UPDATE piece SET bytes = x'00' WHERE id = ?", id);

    /// <summary>Bytes in all pieces.</summary>
    [ReadOnlyMethod]
    public long Size() => Storage.Sql.Exec("SELECT coalesce(sum(length(bytes)), 0) AS n FROM piece").One().Get<long>("n");
}
