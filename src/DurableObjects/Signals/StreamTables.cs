using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects.Signals;

/// <summary>How far an object has sent to each receiver.</summary>
internal sealed class SentTable(SqliteDatabase database)
{
    private const string Table = RuntimeSchema.Prefix + "sent";
    private const string GetSql = $"SELECT epoch, number FROM {Table} WHERE receiver = ?1";
    private const string SetSql = $"INSERT OR REPLACE INTO {Table}(receiver, epoch, number) VALUES (?1, ?2, ?3)";

    /// <summary>The next place in the stream to a receiver.</summary>
    public (long Epoch, long Number) Next(ObjectId receiver, DateTimeOffset now)
    {
        byte[] key = receiver.ToByteArray();
        long epoch;
        long number;
        using (database.Use(GetSql, out SqliteStatement get))
        {
            // The time tells a stream from the one that ended with an earlier, purged object of the same id: a purge takes an
            // fsync, which is longer than a tick of 100 ns.
            (epoch, number) = get.BindBlob(1, key).Step() ? (get.Int64(0), get.Int64(1) + 1) : (now.UtcTicks, 1);
        }
        using (database.Use(SetSql, out SqliteStatement set))
        {
            set.BindBlob(1, key).Bind(2, epoch).Bind(3, number).Step();
        }
        return (epoch, number);
    }
}

/// <summary>What a receiver makes of a signal's place in its stream.</summary>
internal enum Judgement
{
    /// <summary>The next one.</summary>
    Accept,

    /// <summary>It was here before.</summary>
    Seen,

    /// <summary>One before it is missing.</summary>
    TooEarly,
}

/// <summary>How far an object has received from each sender.</summary>
internal sealed class SeenTable(SqliteDatabase database)
{
    private const string Table = RuntimeSchema.Prefix + "seen";
    private const string GetSql = $"SELECT epoch, number FROM {Table} WHERE sender = ?1";
    private const string SetSql = $"INSERT OR REPLACE INTO {Table}(sender, epoch, number) VALUES (?1, ?2, ?3)";

    public Judgement Judge(ObjectId sender, StreamPosition position)
    {
        using StatementUse use = database.Use(GetSql, out SqliteStatement statement);
        bool known = statement.BindBlob(1, sender.ToByteArray()).Step();
        long epoch = known ? statement.Int64(0) : 0;
        long number = known ? statement.Int64(1) : 0;
        if (known && (position.Epoch < epoch || (position.Epoch == epoch && position.Number <= number)))
        {
            return Judgement.Seen;
        }
        // The oldest that the sender still holds is next even if this object does not remember those before it: it acknowledged
        // them, and then was purged.
        bool isNext = known && position.Epoch == epoch && position.Number == number + 1;
        return isNext || position.Number == position.Oldest ? Judgement.Accept : Judgement.TooEarly;
    }

    public void Set(ObjectId sender, StreamPosition position)
    {
        using StatementUse use = database.Use(SetSql, out SqliteStatement statement);
        statement.BindBlob(1, sender.ToByteArray()).Bind(2, position.Epoch).Bind(3, position.Number).Step();
    }
}
