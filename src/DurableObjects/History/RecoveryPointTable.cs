using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects.History;

/// <summary>The table of recovery points.</summary>
internal sealed class RecoveryPointTable(SqliteDatabase database)
{
    private const string Table = RuntimeSchema.Prefix + "recovery_point";
    private const string CountSql = $"SELECT count(*), count(CASE label WHEN ?1 THEN 1 END) FROM {Table}";
    private const string InsertSql = $"INSERT INTO {Table}(label, bookmark, at, hash) VALUES (?1, ?2, ?3, ?4)";
    private const string ListSql = $"SELECT label, bookmark, at, hash FROM {Table} ORDER BY bookmark, label";
    private const string DeleteSql = $"DELETE FROM {Table} WHERE label = ?1";

    /// <summary>Makes a point of the database as it is.</summary>
    public RecoveryPoint Create(string label, Bookmark bookmark, DateTimeOffset at, TurnScope scope)
    {
        ArgumentNullException.ThrowIfNull(label);
        if (label.Length is 0 or > Limits.LabelCharacters)
        {
            throw DurableObjectException.Invalid(
                $"A label has 1 to {Limits.LabelCharacters} characters; this one has {label.Length}.");
        }
        _ = StrictUtf8.Bytes(label, "The label");
        using (database.Use(CountSql, out SqliteStatement count))
        {
            count.BindText(1, label).Step();
            if (count.Int64(1) > 0)
            {
                throw new DurableObjectException(409, ErrorCodes.LabelTaken, $"The object has a recovery point '{label}' already.");
            }
            if (count.Int64(0) >= Limits.RecoveryPoints)
            {
                throw new DurableObjectException(
                    409, ErrorCodes.StorageFull,
                    $"The object has {Limits.RecoveryPoints} recovery points, which is the limit; delete some.");
            }
        }
        RecoveryPoint point = new(
            label, bookmark.ToString(), DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds()),
            scope.Migrated ? null : StateHash.Of(database));
        using (database.Use(InsertSql, out SqliteStatement insert))
        {
            insert.BindText(1, label).BindText(2, point.Bookmark).Bind(3, at.ToUnixTimeMilliseconds()).BindText(4, point.Hash).Step();
        }
        scope.RuntimeChanged = true;
        return point;
    }

    public IReadOnlyList<RecoveryPoint> List()
    {
        List<RecoveryPoint> points = [];
        using StatementUse use = database.Use(ListSql, out SqliteStatement statement);
        while (statement.Step())
        {
            points.Add(new RecoveryPoint(
                statement.Text(0), statement.Text(1), DateTimeOffset.FromUnixTimeMilliseconds(statement.Int64(2)), statement.TextOrNull(3)));
        }
        return points;
    }

    public bool Delete(string label)
    {
        int before = database.TotalChanges;
        using StatementUse use = database.Use(DeleteSql, out SqliteStatement statement);
        statement.BindText(1, label).Step();
        return database.TotalChanges > before;
    }
}
