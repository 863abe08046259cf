namespace DurableObjects.Soak;

/// <summary>Is returned to earlier moments. What it tells its <see cref="Tally"/> is not taken back by that.</summary>
[DurableObject("vault")]
public sealed class Vault(ObjectContext context) : DurableObject(context)
{
    private const string Total = "total";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations => ["CREATE TABLE item(id TEXT NOT NULL, value TEXT NOT NULL)"];

    /// <summary>Adds an item.</summary>
    /// <param name="id">An id that nobody used before.</param>
    /// <param name="size">Characters of its value.</param>
    public void Put(string id, int size)
    {
        Storage.Put(Total, Storage.Get<long>(Total) + 1);
        Storage.Sql.Exec("INSERT INTO item VALUES (?, ?)", id, new string('x', size));
        Context.Objects.Signal(ObjectAddress.OfName("tally", Context.Name!), nameof(Tally.Add), id);
    }

    /// <summary>Removes the items that were added first.</summary>
    /// <param name="count">How many, unless there are fewer.</param>
    public void Drop(int count)
    {
        long dropped = Storage.Sql
            .Exec("DELETE FROM item WHERE rowid IN (SELECT rowid FROM item ORDER BY rowid LIMIT ?)", count).RowsWritten;
        Storage.Put(Total, Storage.Get<long>(Total) - dropped);
    }

    /// <summary>The number of items as counted under a key, and the items, oldest first, each with its size.</summary>
    [ReadOnlyMethod]
    public VaultContent Content() => new(
        Storage.Get<long>(Total),
        [
            .. Storage.Sql.Exec("SELECT id, length(value) AS size FROM item ORDER BY rowid")
                .Select(row => $"{row.Get<string>("id")}/{row.Get<long>("size")}"),
        ]);
}

/// <summary>What a <see cref="Vault"/> holds.</summary>
/// <param name="Total">The number of items, as counted under a key.</param>
/// <param name="Items">The id and the size of each.</param>
public sealed record VaultContent(long Total, IReadOnlyList<string> Items);
