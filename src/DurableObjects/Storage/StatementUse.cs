namespace DurableObjects.Storage;

/// <summary>The time during which a kept statement is bound and stepped; at its end the statement is reset.</summary>
internal readonly struct StatementUse(SqliteStatement statement) : IDisposable
{
    public void Dispose() => statement.Reset();
}
