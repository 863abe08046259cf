using DurableObjects.Storage;

namespace DurableObjects.Turns;

/// <summary>Applies to a database what it lacks of its class's migrations, within the running transaction.</summary>
internal static class SchemaMigrations
{
    /// <summary>Applies them, and notes in the scope if there were any.</summary>
    /// <exception cref="DurableObjectException">One fails; the text says which.</exception>
    public static void Apply(
        ObjectClass objectClass, IReadOnlyList<string> migrations, SqliteDatabase database, MetaTable meta, TurnGuard guard,
        TurnScope scope)
    {
        using TurnGuard.Entry entry = guard.Enter();
        int applied = (int)(meta.Number(MetaTable.Migrations) ?? 0);
        if (applied >= migrations.Count)
        {
            return;
        }
        TurnScope.Mark mark = scope.SetMark();
        for (int i = applied; i < migrations.Count; i++)
        {
            try
            {
                ObjectSql.Run(database, guard, scope, migrations[i], []).Finish();
            }
            catch (DurableObjectException error)
            {
                // Whatever SQL says of it, it is the class that is at fault, not the caller: nothing to be remembered as an answer.
                throw new DurableObjectException(
                    Math.Max(error.Status, 500), error.Code, $"Migration {i + 1} of '{objectClass.Name}' failed: {error.Message}", error);
            }
        }
        meta.Set(MetaTable.Migrations, (long)migrations.Count);
        scope.ReturnTo(mark);
        scope.Migrated = true;
    }
}
