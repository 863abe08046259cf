namespace DurableObjects.Soak;

/// <summary>Counts what the <see cref="Vault"/> of the same name told it, doubles and all.</summary>
[DurableObject("tally")]
public sealed class Tally(ObjectContext context) : DurableObject(context)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations => ["CREATE TABLE heard(n INTEGER PRIMARY KEY, id TEXT NOT NULL)"];

    /// <summary>Takes note of an item.</summary>
    public void Add(string id) => Storage.Sql.Exec("INSERT INTO heard(id) VALUES (?)", id);

    /// <summary>The items behind the first ones, in the order in which they were heard of.</summary>
    /// <param name="after">How many to leave out.</param>
    [ReadOnlyMethod]
    public IReadOnlyList<string> Log(long after = 0) =>
        [.. Storage.Sql.Exec("SELECT id FROM heard WHERE n > ? ORDER BY n", after).Select(row => row.Get<string>("id")!)];
}
