namespace DurableObjects.Entities;

/// <summary>
/// How many jobs are in each state, the bytes of their payloads, and how many ids of completed jobs are remembered. Triggers keep it, which
/// spares counting on each turn.
/// </summary>
internal sealed record WorkTally(long Ready, long Delayed, long Held, long DeadLetters, long Taken, long Bytes)
{
    public const string Migration =
        """
        CREATE TABLE tally(what TEXT PRIMARY KEY, number INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO tally VALUES ('ready', 0, 0), ('delayed', 0, 0), ('held', 0, 0), ('dead', 0, 0), ('taken', 0, 0);
        CREATE TRIGGER job_added AFTER INSERT ON job BEGIN
            UPDATE tally SET number = number + 1, bytes = bytes + new.bytes WHERE what = new.state;
        END;
        CREATE TRIGGER job_moved AFTER UPDATE OF state ON job WHEN old.state <> new.state BEGIN
            UPDATE tally SET number = number - 1, bytes = bytes - old.bytes WHERE what = old.state;
            UPDATE tally SET number = number + 1, bytes = bytes + new.bytes WHERE what = new.state;
        END;
        CREATE TRIGGER job_removed AFTER DELETE ON job BEGIN
            UPDATE tally SET number = number - 1, bytes = bytes - old.bytes WHERE what = old.state;
        END;
        CREATE TRIGGER id_taken AFTER INSERT ON taken BEGIN UPDATE tally SET number = number + 1 WHERE what = 'taken'; END;
        CREATE TRIGGER id_freed AFTER DELETE ON taken BEGIN UPDATE tally SET number = number - 1 WHERE what = 'taken'; END;
        """;

    public long Jobs => Ready + Delayed + Held;

    public static WorkTally Of(ObjectStorage storage) => storage.Sql.Exec(
        """
        SELECT sum(CASE what WHEN 'ready' THEN number END) AS ready, sum(CASE what WHEN 'delayed' THEN number END) AS delayed,
            sum(CASE what WHEN 'held' THEN number END) AS held, sum(CASE what WHEN 'dead' THEN number END) AS dead_letters,
            sum(CASE what WHEN 'taken' THEN number END) AS taken, sum(bytes) AS bytes
        FROM tally
        """).As<WorkTally>().Single();
}
