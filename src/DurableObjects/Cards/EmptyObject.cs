using DurableObjects.Storage;
using DurableObjects.Turns;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Cards;

/// <summary>
/// An object of a class that nobody has used: constructed and migrated as its first turn would, on a database that is thrown away
/// with it. It wakes for nobody: no OnWake, no turn, no commit, no figure.
/// </summary>
internal static class EmptyObject
{
    /// <summary>The tables that it has.</summary>
    /// <param name="runtime">Makes it.</param>
    /// <param name="objectClass">The class.</param>
    /// <param name="folder">Where its database is meanwhile.</param>
    /// <exception cref="Exception">Anything that the class's constructor or a migration throws.</exception>
    public static async Task<StorageSchema> SchemaAsync(ObjectRuntime runtime, ObjectClass objectClass, string folder)
    {
        string path = Path.Combine(folder, $"durable-objects-{Guid.NewGuid():N}.sqlite");
        try
        {
            DatabaseFile.WriteEmpty(path);
            using SqliteDatabase database = SqliteDatabase.OpenForTurns(path, runtime.Options.MaxDatabaseBytes);
            TurnGuard guard = new();
            using TurnLane lane = new(guard, runtime.Clock, runtime.Options.TurnDeadline, database.Interrupt, database.Dispose);
            return await lane.RunAsync(
                new TurnScope(new InspectTurn(), isReadOnly: false), scope => ReadAsync(runtime, objectClass, database, guard, scope));
        }
        finally
        {
            DatabaseFile.Delete(path);
        }
    }

    private static async ValueTask<StorageSchema> ReadAsync(
        ObjectRuntime runtime, ObjectClass objectClass, SqliteDatabase database, TurnGuard guard, TurnScope scope)
    {
        ObjectAddress address = new(objectClass.Name, ObjectId.Unique(objectClass.Name), null);
        ObjectContext context = new(
            address, guard, new ObjectStorage(database, guard, runtime.Clock), new ObjectSockets(database, guard),
            new ObjectSignals(database, guard, runtime.Classes, address, runtime.Clock), runtime.Clock, runtime.Logger(objectClass));
        await using AsyncServiceScope services = runtime.Services.CreateAsyncScope();
        scope.IsConstructing = true;
        DurableObject instance = objectClass.Create(services.ServiceProvider, context);
        try
        {
            scope.IsConstructing = false;
            database.Execute("BEGIN");
            SchemaMigrations.Apply(objectClass, instance.Migrations, database, new MetaTable(database), guard, scope);
            using TurnGuard.Entry entry = guard.Enter();
            StorageSchema schema = SchemaReader.Read(database);
            scope.Claim();
            return schema;
        }
        finally
        {
            (instance as IDisposable)?.Dispose();
        }
    }
}
