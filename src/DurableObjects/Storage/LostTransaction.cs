using DurableObjects.Turns;

namespace DurableObjects.Storage;

/// <summary>
/// Notices when SQLite has ended the turn's transaction by itself, as it does for <c>INSERT OR ROLLBACK</c>, a full database or
/// an interrupt. What the turn wrote before is gone then, so nothing of it may commit, whatever the handler makes of the error.
/// </summary>
internal static class LostTransaction
{
    public static void Watch(SqliteDatabase database, TurnScope scope, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error)
        {
            Check(database, scope, error);
            throw;
        }
        Check(database, scope, null);
    }

    public static void Check(SqliteDatabase database, TurnScope scope, Exception? cause)
    {
        if (!database.IsAutocommit)
        {
            return;
        }
        // A full database says so better than its consequence does.
        scope.Dead = cause is DurableObjectException { Code: ErrorCodes.StorageFull } full
            ? full
            : new DurableObjectException(
                500, ErrorCodes.TransactionEnded, "A statement ended the turn's transaction; nothing of the turn can commit.", cause);
        throw scope.Dead;
    }
}
