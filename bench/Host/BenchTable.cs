namespace DurableObjects.BenchHost;

/// <summary>A table with an index, for SQL. The same statements as <c>Table</c> in <c>Workerd/worker.js</c>.</summary>
[DurableObject("bench-table")]
internal sealed class BenchTable(ObjectContext context) : DurableObject(context)
{
    protected override IReadOnlyList<string> Migrations =>
    [
        "CREATE TABLE item(id INTEGER PRIMARY KEY, team INTEGER NOT NULL, score INTEGER NOT NULL, note TEXT NOT NULL)",
        "CREATE INDEX item_team ON item(team, score)",
    ];

    public long Fill(long rows)
    {
        Storage.Sql.Exec(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1) "
            + "INSERT INTO item SELECT i, i % 100, i * 7919 % 10007, printf('note of row %020d', i) FROM n", rows);
        return Count();
    }

    public void Upsert(long id, long score) => Storage.Sql.Exec(
        "INSERT INTO item VALUES (?1, ?1 % 100, ?2, printf('note of row %020d', ?1)) ON CONFLICT(id) DO UPDATE SET score = excluded.score",
        id, score);

    [ReadOnlyMethod]
    public IReadOnlyList<Item> Best(long team) =>
        [.. Storage.Sql.Exec("SELECT id, score, note FROM item WHERE team = ? ORDER BY score DESC LIMIT 10", team).As<Item>()];

    [ReadOnlyMethod]
    public long Count() => Storage.Sql.Exec("SELECT count(*) AS n FROM item").One().Get<long>("n");

    [ReadOnlyMethod]
    public long Score(long id) => Storage.Sql.Exec("SELECT score FROM item WHERE id = ?", id).One().Get<long>("score");

    internal sealed record Item(long Id, long Score, string Note);
}
