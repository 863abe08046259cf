using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects.Signals;

/// <summary>Signals that wait until their receivers have committed them.</summary>
internal sealed class OutboxTable(SqliteDatabase database)
{
    private const string Table = RuntimeSchema.Prefix + "outbox";
    private const string InsertSql =
        $"INSERT INTO {Table}(receiver, class, name, method, arguments, epoch, number) "
        + "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING sequence";
    private const string OldestSql = $"SELECT min(number) FROM {Table} WHERE receiver = ?1";
    private const string ListSql =
        $"SELECT sequence, receiver, class, name, method, arguments, epoch, number, "
        + $"(SELECT min(o.number) FROM {Table} o WHERE o.receiver = {Table}.receiver) FROM {Table} "
        + "WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";
    private const string DeleteSql = $"DELETE FROM {Table} WHERE sequence = ?1 AND epoch = ?2";
    private const string DeleteStreamSql = $"DELETE FROM {Table} WHERE receiver = ?1 AND epoch = ?2 AND number <= ?3";
    private const string CountSql = $"SELECT count(*) FROM {Table}";

    /// <summary>Adds a signal; what comes back has its sequence and its place in the stream.</summary>
    public Signal Add(Signal signal, (long Epoch, long Number) place)
    {
        byte[] receiver = signal.Receiver.Id.ToByteArray();
        long sequence;
        using (database.Use(InsertSql, out SqliteStatement insert))
        {
            insert.BindBlob(1, receiver).BindText(2, signal.Receiver.ClassName).BindText(3, signal.Receiver.Name)
                .BindText(4, signal.Method).BindBlob(5, signal.Arguments.Span).Bind(6, place.Epoch).Bind(7, place.Number).Step();
            sequence = insert.Int64(0);
        }
        using StatementUse use = database.Use(OldestSql, out SqliteStatement oldest);
        oldest.BindBlob(1, receiver).Step();
        return signal with { Sequence = sequence, Position = new StreamPosition(place.Epoch, place.Number, oldest.Int64(0)) };
    }

    /// <summary>The signals behind a row, oldest first.</summary>
    public List<Signal> List(ObjectAddress sender, long after, int limit)
    {
        List<Signal> signals = [];
        using StatementUse use = database.Use(ListSql, out SqliteStatement row);
        row.Bind(1, after).Bind(2, limit);
        while (row.Step())
        {
            ObjectAddress receiver = new(row.Text(2), ObjectId.FromBytes(row.Bytes(1)), row.TextOrNull(3));
            signals.Add(new Signal(receiver, row.Text(4), row.Bytes(5).ToArray())
            {
                Sender = sender,
                Sequence = row.Int64(0),
                Position = new StreamPosition(row.Int64(6), row.Int64(7), row.Int64(8)),
            });
        }
        return signals;
    }

    /// <summary>Deletes signals; whether any of them was there.</summary>
    public bool Delete(IEnumerable<SignalReceipt> receipts)
    {
        int before = database.TotalChanges;
        foreach (SignalReceipt receipt in receipts)
        {
            using StatementUse use = database.Use(DeleteSql, out SqliteStatement statement);
            statement.Bind(1, receipt.Sequence).Bind(2, receipt.Epoch).Step();
        }
        return database.TotalChanges != before;
    }

    /// <summary>Deletes the signals of a stream up to a number; whether any of them was there.</summary>
    public bool Delete(ObjectId receiver, long epoch, long number)
    {
        int before = database.TotalChanges;
        using (database.Use(DeleteStreamSql, out SqliteStatement statement))
        {
            statement.BindBlob(1, receiver.ToByteArray()).Bind(2, epoch).Bind(3, number).Step();
        }
        return database.TotalChanges != before;
    }

    public int Count()
    {
        using StatementUse use = database.Use(CountSql, out SqliteStatement statement);
        statement.Step();
        return statement.Int32(0);
    }
}
