using System.Text.Json;

namespace DurableObjects.Webhooks.Queue;

/// <summary>The tables of a queue. What it counts changes here alone, with what is counted.</summary>
internal sealed class QueueTables(ObjectStorage storage)
{
    /// <summary>What has ended and may go when its time has come: not dead letters, which wait for a decision.</summary>
    private const string Ended = "state IN ('Delivered', 'Unhandled', 'Skipped')";

    private const string Columns =
        "sequence, id, type, state, signed_at, received_at, verified_at, stored_at, round, workflow, started_at, ended_at, error, headers, "
        + "bytes, has_body";

    public static readonly IReadOnlyList<string> Migrations =
    [
        $"""
        CREATE TABLE delivery(
            sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, state TEXT NOT NULL, signed_at TEXT NOT NULL,
            received_at TEXT NOT NULL, verified_at TEXT NOT NULL, stored_at TEXT NOT NULL, round INTEGER NOT NULL DEFAULT 0, workflow TEXT,
            started_at TEXT, ended_at TEXT, error TEXT, headers TEXT NOT NULL, bytes INTEGER NOT NULL, has_body INTEGER NOT NULL DEFAULT 1);
        CREATE INDEX delivery_by_state ON delivery(state, sequence);
        CREATE INDEX delivery_by_end ON delivery(ended_at, has_body) WHERE {Ended};
        CREATE TABLE body(delivery INTEGER PRIMARY KEY REFERENCES delivery ON DELETE CASCADE, content BLOB NOT NULL);
        CREATE TABLE attempt(
            number INTEGER PRIMARY KEY, delivery INTEGER NOT NULL REFERENCES delivery ON DELETE CASCADE, round INTEGER NOT NULL,
            attempt INTEGER NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, outcome TEXT NOT NULL, status INTEGER, error TEXT,
            response TEXT);
        CREATE INDEX attempt_by_delivery ON attempt(delivery, number);
        CREATE TABLE queue(
            one INTEGER PRIMARY KEY CHECK (one = 1), open INTEGER NOT NULL, bytes INTEGER NOT NULL, stop TEXT, stopped_at TEXT);
        INSERT INTO queue(one, open, bytes) VALUES (1, 0, 0);
        """,
    ];

    private ObjectSql Sql => storage.Sql;

    public QueueRow Queue() => Sql.Exec("SELECT open, bytes, stop, stopped_at FROM queue").As<QueueRow>().Single();

    public DeliveryRow? Find(string id) => First("id = ?", id);

    public DeliveryRow? Running() => First("state = ?", WebhookDeliveryState.Running);

    /// <summary>The one that arrived first of those that wait.</summary>
    public DeliveryRow? NextWaiting() => First("state = ? ORDER BY sequence LIMIT 1", WebhookDeliveryState.Waiting);

    public int Count(WebhookDeliveryState state) => Sql.Exec("SELECT count(*) FROM delivery WHERE state = ?", state).One().Get<int>(0);

    public void Insert(IncomingWebhook webhook, DateTimeOffset now)
    {
        long sequence = Sql.Exec(
            """
            INSERT INTO delivery(id, type, state, signed_at, received_at, verified_at, stored_at, headers, bytes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING sequence
            """,
            webhook.Id, webhook.Type, WebhookDeliveryState.Waiting, webhook.Timestamp, webhook.ReceivedAt, webhook.VerifiedAt, now,
            JsonSerializer.Serialize(webhook.Headers, ObjectJson.Options), webhook.Body.Length).One().Get<long>(0);
        Sql.Exec("INSERT INTO body(delivery, content) VALUES (?, ?)", sequence, webhook.Body);
        Sql.Exec("UPDATE queue SET open = open + 1, bytes = bytes + ?", webhook.Body.Length);
    }

    public void Start(DeliveryRow row, string workflow, DateTimeOffset now)
    {
        Sql.Exec(
            """
            UPDATE delivery SET state = ?, round = round + 1, workflow = ?, started_at = ?, ended_at = NULL, error = NULL WHERE sequence = ?
            """,
            WebhookDeliveryState.Running, workflow, now, row.Sequence);
    }

    /// <summary>Has a delivery wait again.</summary>
    public void Wait(DeliveryRow row)
    {
        Sql.Exec(
            "UPDATE delivery SET state = ?, ended_at = NULL, error = NULL WHERE sequence = ?", WebhookDeliveryState.Waiting, row.Sequence);
        Recount(row.State, WebhookDeliveryState.Waiting);
    }

    /// <summary>Has all dead letters wait again; how many there were.</summary>
    public int WaitAllDead() => (int)Sql.Exec(
        "UPDATE delivery SET state = ?, ended_at = NULL, error = NULL WHERE state = ?",
        WebhookDeliveryState.Waiting, WebhookDeliveryState.Dead).RowsWritten;

    public void End(DeliveryRow row, WebhookDeliveryState state, DateTimeOffset now, string? error)
    {
        Sql.Exec("UPDATE delivery SET state = ?, ended_at = ?, error = ? WHERE sequence = ?", state, now, error, row.Sequence);
        Recount(row.State, state);
    }

    public void Stop(WebhookQueueStop? reason, string? at) => Sql.Exec("UPDATE queue SET stop = ?, stopped_at = ?", reason, at);

    public byte[]? Body(string id) => Sql.Exec(
        "SELECT content FROM body WHERE delivery = (SELECT sequence FROM delivery WHERE id = ?)", id).FirstOrDefault()?.Get<byte[]>(0);

    /// <summary>Begins an attempt. One of the delivery that has not ended never will.</summary>
    public long Begin(DeliveryRow row, int attempt, DateTimeOffset now)
    {
        Sql.Exec(
            "UPDATE attempt SET outcome = ? WHERE delivery = ? AND outcome = ?",
            WebhookAttemptOutcome.Interrupted, row.Sequence, WebhookAttemptOutcome.Running);
        return Sql.Exec(
            "INSERT INTO attempt(delivery, round, attempt, started_at, outcome) VALUES (?, ?, ?, ?, ?) RETURNING number",
            row.Sequence, row.Round, attempt, now, WebhookAttemptOutcome.Running).One().Get<long>(0);
    }

    public void End(long attempt, AttemptResult result, DateTimeOffset now) => Sql.Exec(
        "UPDATE attempt SET ended_at = ?, outcome = ?, status = ?, error = ?, response = ? WHERE number = ? AND ended_at IS NULL",
        now, result.Outcome, result.Status, result.Error, result.Response, attempt);

    public IReadOnlyList<WebhookAttempt> Attempts(DeliveryRow row) =>
    [
        .. Sql.Exec(
            """
            SELECT round, attempt AS number, started_at, ended_at, outcome, status, error, response FROM attempt
            WHERE delivery = ? ORDER BY attempt.number
            """, row.Sequence).As<WebhookAttempt>(),
    ];

    public IReadOnlyList<DeliveryRow> Page(WebhookDeliveryState? state, long before, int limit) => state is { } wanted
        ? [.. Rows("state = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?", wanted, before, limit)]
        : [.. Rows("sequence < ? ORDER BY sequence DESC LIMIT ?", before, limit)];

    /// <summary>Deletes those that ended at that time or before, with all that belongs to them.</summary>
    public void Trim(DateTimeOffset until, int atMost)
    {
        foreach (DeliveryRow row in Rows($"{Ended} AND ended_at <= ? ORDER BY ended_at LIMIT ?", until, atMost).ToList())
        {
            Sql.Exec("DELETE FROM delivery WHERE sequence = ?", row.Sequence);
            Sql.Exec("UPDATE queue SET bytes = bytes - ?", row.HasBody ? row.Bytes : 0);
        }
    }

    public DateTimeOffset? OldestEnd() => Sql.Exec($"SELECT min(ended_at) FROM delivery WHERE {Ended}").One().Get<DateTimeOffset?>(0);

    /// <summary>Drops the bodies of those that ended first, until so many bytes are free or none is left.</summary>
    public void DropBodies(long bytes)
    {
        const int AtOnce = 100;
        while (bytes > 0)
        {
            List<DeliveryRow> oldest = [.. Rows($"{Ended} AND has_body = 1 ORDER BY ended_at LIMIT ?", AtOnce)];
            foreach (DeliveryRow row in oldest.TakeWhile(_ => bytes > 0))
            {
                Sql.Exec("DELETE FROM body WHERE delivery = ?", row.Sequence);
                Sql.Exec("UPDATE delivery SET has_body = 0 WHERE sequence = ?", row.Sequence);
                Sql.Exec("UPDATE queue SET bytes = bytes - ?", row.Bytes);
                bytes -= row.Bytes;
            }
            if (oldest.Count < AtOnce)
            {
                return;
            }
        }
    }

    private DeliveryRow? First(string where, params object?[] arguments) => Rows(where, arguments).FirstOrDefault();

    private IEnumerable<DeliveryRow> Rows(string where, params object?[] arguments) =>
        Sql.Exec($"SELECT {Columns} FROM delivery WHERE {where}", arguments).As<DeliveryRow>();

    private void Recount(WebhookDeliveryState from, WebhookDeliveryState to)
    {
        int change = (DeliveryRow.IsOpen(to) ? 1 : 0) - (DeliveryRow.IsOpen(from) ? 1 : 0);
        if (change != 0)
        {
            Sql.Exec("UPDATE queue SET open = open + ?", change);
        }
    }
}
