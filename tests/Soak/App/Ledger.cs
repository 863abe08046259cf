using System.Globalization;

namespace DurableObjects.Soak;

/// <summary>
/// Takes writes of several rows each and signals other ledgers along a route. Nothing in it is unique by declaration: a write or a
/// signal that happened twice must show, not fail.
/// </summary>
[DurableObject("ledger")]
public sealed class Ledger(ObjectContext context) : DurableObject(context)
{
    /// <summary>The error code of a write that refused itself when all of it was done.</summary>
    public const string Refused = "refused";

    private const string Total = "total";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE write(n INTEGER NOT NULL, id TEXT NOT NULL, parts INTEGER NOT NULL);
        CREATE INDEX write_n ON write(n);
        CREATE TABLE part(id TEXT NOT NULL, i INTEGER NOT NULL, value TEXT NOT NULL);
        CREATE INDEX part_id ON part(id);
        CREATE TABLE sent(n INTEGER PRIMARY KEY, receiver TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL);
        CREATE INDEX sent_seq ON sent(receiver, seq);
        CREATE TABLE received(n INTEGER PRIMARY KEY, sender TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, route TEXT NOT NULL);
        """,
    ];

    /// <summary>A write in several places: a key, a row, a row for each part, and a signal to the first of the route.</summary>
    /// <param name="id">Its id, which nobody used before.</param>
    /// <param name="sizes">Characters of each part.</param>
    /// <param name="route">Names of the ledgers that hear of it, one from the other.</param>
    /// <param name="refuse">Whether it throws in the end, so that nothing of it may remain.</param>
    /// <returns>Its number: 1 for the first that was committed.</returns>
    /// <exception cref="DurableObjectException">It was to refuse; the text is the number of writes before it.</exception>
    public async Task<long> Write(string id, int[] sizes, string[] route, bool refuse = false)
    {
        long before = Storage.Get<long>(Total);
        Storage.Put(Total, before + 1);
        Storage.Sql.Exec("INSERT INTO write VALUES (?, ?, ?)", before + 1, id, sizes.Length);
        Forward(id, route);
        for (int i = 0; i < sizes.Length; i++)
        {
            await Task.Yield();
            Storage.Sql.Exec("INSERT INTO part VALUES (?, ?, ?)", id, i, $"{id}/{i}/{new string('x', sizes[i])}");
        }
        return refuse
            ? throw new DurableObjectException(409, Refused, before.ToString(CultureInfo.InvariantCulture))
            : before + 1;
    }

    /// <summary>Takes a signal of another ledger and passes it on.</summary>
    public void Receive(string sender, long seq, string id, string[] route)
    {
        Storage.Sql.Exec(
            "INSERT INTO received(sender, seq, id, route) VALUES (?, ?, ?, ?)", sender, seq, id, string.Join(',', route));
        Forward(id, route);
    }

    /// <summary>The number of writes. A read-only method: whoever got it has seen them committed.</summary>
    [ReadOnlyMethod]
    public long Count() => Storage.Get<long>(Total);

    /// <summary>Everything: the sums of what the checker has seen up to the given numbers, and the rows behind them.</summary>
    [ReadOnlyMethod]
    public LedgerLog Log(long writes = 0, long sent = 0, long received = 0) => new(
        Storage.Get<long>(Total),
        Storage.Sql.Exec("SELECT count(*) AS n FROM part").One().Get<long>("n"),
        LogHash.Of(Storage.Sql.Exec(
            """
            SELECT write.n, write.id, write.parts, part.i, part.value
            FROM write LEFT JOIN part ON part.id = write.id WHERE write.n <= ? ORDER BY write.n, part.rowid
            """,
            writes)),
        [
            .. Storage.Sql.Exec("SELECT n, id, parts FROM write WHERE n > ? ORDER BY n, rowid", writes).As<WriteHead>().Select(
                row => new WriteRow(row.N, row.Id, row.Parts, [
                    .. Storage.Sql.Exec("SELECT value FROM part WHERE id = ? ORDER BY rowid", row.Id).Select(part => part.Get<string>("value")!),
                ])),
        ],
        LogHash.Of(Storage.Sql.Exec("SELECT n, receiver, seq, id FROM sent WHERE n <= ? ORDER BY n", sent)),
        [.. Storage.Sql.Exec("SELECT * FROM sent WHERE n > ? ORDER BY n", sent).As<SentRow>()],
        LogHash.Of(Storage.Sql.Exec("SELECT n, sender, seq, id, route FROM received WHERE n <= ? ORDER BY n", received)),
        [.. Storage.Sql.Exec("SELECT * FROM received WHERE n > ? ORDER BY n", received).As<ReceivedRow>()]);

    private void Forward(string id, string[] route)
    {
        if (route.Length == 0)
        {
            return;
        }
        long seq = Storage.Sql.Exec("SELECT coalesce(max(seq), 0) + 1 AS seq FROM sent WHERE receiver = ?", route[0])
            .One().Get<long>("seq");
        Storage.Sql.Exec("INSERT INTO sent(receiver, seq, id) VALUES (?, ?, ?)", route[0], seq, id);
        Context.Objects.Signal(
            ObjectAddress.OfName(Context.Address.ClassName, route[0]), nameof(Receive), Context.Name, seq, id, route[1..]);
    }

    private sealed record WriteHead(long N, string Id, long Parts);
}
