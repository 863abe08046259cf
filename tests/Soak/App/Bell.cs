namespace DurableObjects.Soak;

/// <summary>Rings at any number of times with its one alarm.</summary>
[DurableObject("bell")]
public sealed class Bell(ObjectContext context) : DurableObject(context)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE waiting(id TEXT NOT NULL, due INTEGER NOT NULL, failures INTEGER NOT NULL);
        CREATE TABLE rung(n INTEGER PRIMARY KEY, id TEXT NOT NULL, due INTEGER NOT NULL, at INTEGER NOT NULL, scheduled INTEGER NOT NULL);
        """,
    ];

    /// <summary>Has the bell ring.</summary>
    /// <param name="id">An id that nobody used before.</param>
    /// <param name="due">When, in milliseconds since 1970.</param>
    /// <param name="failures">How often the handler fails before it rings.</param>
    public void Set(string id, long due, int failures = 0)
    {
        Storage.Sql.Exec("INSERT INTO waiting VALUES (?, ?, ?)", id, due, failures);
        Arm();
    }

    /// <summary>What waits, the sum of the rings that the checker knows, and those behind them.</summary>
    [ReadOnlyMethod]
    public BellLog Log(long rung = 0) => new(
        [.. Storage.Sql.Exec("SELECT id, due FROM waiting").As<WaitingRow>()],
        LogHash.Of(Storage.Sql.Exec("SELECT n, id, due, at, scheduled FROM rung WHERE n <= ? ORDER BY n", rung)),
        [.. Storage.Sql.Exec("SELECT * FROM rung WHERE n > ? ORDER BY n", rung).As<RungRow>()]);

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        long now = Context.Now.ToUnixTimeMilliseconds();
        foreach (SqlRow row in Storage.Sql.Exec("SELECT id, due, failures FROM waiting WHERE due <= ? ORDER BY due", now).ToList())
        {
            if (alarm.RetryCount < row.Get<long>("failures"))
            {
                throw new InvalidOperationException("The bell is told to fail.");
            }
            Storage.Sql.Exec(
                "INSERT INTO rung(id, due, at, scheduled) VALUES (?, ?, ?, ?)",
                row.Get<string>("id"), row.Get<long>("due"), now, alarm.ScheduledFor.ToUnixTimeMilliseconds());
        }
        Storage.Sql.Exec("DELETE FROM waiting WHERE due <= ?", now);
        Arm();
        return ValueTask.CompletedTask;
    }

    private void Arm()
    {
        if (Storage.Sql.Exec("SELECT min(due) AS due FROM waiting").One().Get<long?>("due") is { } due)
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(due));
        }
    }
}
