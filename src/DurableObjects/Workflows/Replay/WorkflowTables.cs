using System.Text.Json;
using DurableObjects.Turns;

namespace DurableObjects.Workflows;

/// <summary>The history of a workflow in its object's storage. Times are milliseconds since 1970 in UTC.</summary>
internal sealed class WorkflowTables(ObjectStorage storage)
{
    /// <summary>
    /// One row for the workflow, with the last happening that its code was given; its inputs and output, each a row of its own, as a row has
    /// a limit; what its code asked for, and what came of it; what happened, in order.
    /// </summary>
    public static readonly IReadOnlyList<string> Migrations =
    [
        """
        CREATE TABLE workflow(
            one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL, state INTEGER NOT NULL, execution INTEGER NOT NULL,
            begun INTEGER NOT NULL, fed INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, ended INTEGER, error BLOB,
            reply TEXT, parent TEXT);
        CREATE TABLE payload(what TEXT PRIMARY KEY, json BLOB NOT NULL);
        CREATE TABLE operation(
            number INTEGER PRIMARY KEY, step INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL, attempt INTEGER NOT NULL,
            asked INTEGER NOT NULL, due INTEGER, ended INTEGER, cancelled INTEGER NOT NULL DEFAULT 0, outcome BLOB);
        CREATE INDEX operation_due ON operation(due) WHERE due IS NOT NULL;
        CREATE TABLE happening(
            sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, number INTEGER NOT NULL, event TEXT, payload BLOB);
        """,
    ];

    /// <summary>Happenings that are read together: 1 MiB each at most.</summary>
    private const int PageRows = 64;

    private ObjectSql Sql => storage.Sql;

    /// <summary>The workflow, without its inputs and output.</summary>
    public WorkflowRow? Find() => Sql.Exec(
        "SELECT name, state, execution, begun, fed, created, updated, ended, error, reply, parent FROM workflow")
        .Raw().Select(row => new WorkflowRow((string)row[0]!, (WorkflowState)(long)row[1]!, (int)(long)row[2]!, Time(row[3]), (long)row[4]!)
        {
            Created = Time(row[5]),
            Updated = Time(row[6]),
            Ended = row[7] is null ? null : Time(row[7]),
            Error = Json<Failure>(row[8]),
            Reply = row[9] is string reply ? JsonSerializer.Deserialize<WorkflowReply>(reply, ObjectJson.Options) : null,
            Parent = row[10] is string parent ? JsonSerializer.Deserialize<WorkflowParent>(parent, ObjectJson.Options) : null,
        }).FirstOrDefault();

    public JsonElement? Payload(WorkflowPayload what) => Json<JsonElement?>(
        Sql.Exec("SELECT json FROM payload WHERE what = ?", what.ToString()).FirstOrDefault()?.Values[0]);

    public void Put(WorkflowPayload what, JsonElement? json)
    {
        if (json is null)
        {
            Sql.Exec("DELETE FROM payload WHERE what = ?", what.ToString());
            return;
        }
        Sql.Exec("INSERT OR REPLACE INTO payload VALUES (?, ?)", what.ToString(), Blob(json));
    }

    public void Insert(WorkflowRow row) => Sql.Exec(
        "INSERT INTO workflow(one, name, state, execution, begun, fed, created, updated, reply, parent) "
        + "VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        row.Name, (int)row.State, row.Execution, Time(row.Begun), row.Fed, Time(row.Created), Time(row.Updated),
        row.Reply is null ? null : JsonSerializer.Serialize(row.Reply, ObjectJson.Options),
        row.Parent is null ? null : JsonSerializer.Serialize(row.Parent, ObjectJson.Options));

    /// <summary>Writes what changes in a workflow's row while it runs.</summary>
    public void Progress(WorkflowRow row) => Sql.Exec(
        "UPDATE workflow SET state = ?1, fed = ?2, updated = ?3", (int)row.State, row.Fed, Time(row.Updated));

    public void End(WorkflowRow row) => Sql.Exec(
        "UPDATE workflow SET state = ?1, fed = ?2, updated = ?3, ended = ?4, error = ?5",
        (int)row.State, row.Fed, Time(row.Updated), Time(row.Ended!.Value), row.Error is null ? null : Blob(row.Error));

    /// <summary>Has what was held back while the workflow was suspended happen now, for that is when its code hears of it.</summary>
    public void Hold(long fed, DateTimeOffset now) => Sql.Exec("UPDATE happening SET at = ? WHERE sequence > ?", Time(now), fed);

    /// <summary>Events that nobody has taken.</summary>
    public long Untaken() => Sql.Exec(
        "SELECT (SELECT count(*) FROM happening WHERE event IS NOT NULL) "
        + "- (SELECT count(*) FROM operation WHERE kind = ? AND ended IS NOT NULL AND cancelled = 0)",
        (int)OperationKind.Event).One().Get<long>(0);

    /// <summary>Begins the history anew, with the events that nobody has taken.</summary>
    public void Renew(WorkflowRow row, IReadOnlyList<Happening> untaken)
    {
        Sql.Exec("DELETE FROM operation");
        Sql.Exec("DELETE FROM happening");
        Sql.Exec(
            "UPDATE workflow SET execution = ?1, begun = ?2, fed = 0, updated = ?3", row.Execution, Time(row.Begun), Time(row.Updated));
        foreach (Happening one in untaken)
        {
            // Time goes on: it happened before, but this execution hears of it now.
            Happened(row.Begun, 0, one.Event, one.Payload);
        }
    }

    public void Insert(Operation operation, DateTimeOffset asked, DateTimeOffset? due) => Sql.Exec(
        "INSERT INTO operation(number, step, kind, name, attempt, asked, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        operation.Number, operation.Step, (int)operation.Kind, operation.Name, operation.Attempt, Time(asked),
        due is { } time ? TimeUp(time) : null);

    /// <summary>Notes that an operation has ended.</summary>
    /// <returns>Whether it had not before.</returns>
    public bool End(long number, DateTimeOffset at, StepOutcome? outcome, bool isCancelled) => Sql.Exec(
        "UPDATE operation SET ended = ?2, outcome = ?3, cancelled = ?4, due = CASE WHEN ?4 THEN NULL ELSE due END "
        + "WHERE number = ?1 AND ended IS NULL",
        number, Time(at), outcome is null ? null : Blob(outcome), isCancelled).RowsWritten > 0;

    public long Happened(DateTimeOffset at, long number, string? name, JsonElement? payload) => Sql.Exec(
        "INSERT INTO happening(at, number, event, payload) VALUES (?1, ?2, ?3, ?4) RETURNING sequence",
        Time(at), number, name, Blob(payload)).One().Get<long>(0);

    public IReadOnlyList<Operation> Operations() =>
        [.. Sql.Exec("SELECT number, step, kind, name, attempt FROM operation ORDER BY number").Raw().Select(row => new Operation(
            (long)row[0]!, (int)(long)row[1]!, (OperationKind)(long)row[2]!, (string)row[3]!, (int)(long)row[4]!))];

    /// <summary>What happened, in order, read a few at a time: all outcomes together may be more than memory.</summary>
    /// <param name="after">Only behind this.</param>
    /// <param name="last">Only up to this.</param>
    public IEnumerable<Happening> Happenings(long after, long last)
    {
        while (true)
        {
            IReadOnlyList<Happening> page = Page(after, last);
            foreach (Happening one in page)
            {
                after = one.Sequence;
                yield return one;
            }
            if (page.Count < PageRows)
            {
                yield break;
            }
        }
    }

    private IReadOnlyList<Happening> Page(long after, long last) =>
        [.. Sql.Exec(
            "SELECT h.sequence, h.at, h.number, h.event, h.payload, o.outcome FROM happening h "
            + "LEFT JOIN operation o ON o.number = h.number WHERE h.sequence > ?1 AND h.sequence <= ?2 ORDER BY h.sequence LIMIT ?3", after, last, PageRows).Raw().Select(row => new Happening(
                (long)row[0]!, Time(row[1]), (long)row[2]!, row[3] as string,
                row[3] is null ? Json<StepOutcome>(row[5]) ?? StepOutcome.Of(null) : StepOutcome.Of(Json<JsonElement?>(row[4]))))];

    /// <summary>The waits whose time has come, in the order of their times.</summary>
    public IReadOnlyList<long> Due(DateTimeOffset now) =>
        [.. Sql.Exec("SELECT number FROM operation WHERE due <= ?1 AND ended IS NULL ORDER BY due, number", Time(now))
            .Raw().Select(row => (long)row[0]!)];

    public DateTimeOffset? NextDue() =>
        Sql.Exec("SELECT min(due) FROM operation WHERE due IS NOT NULL AND ended IS NULL").One().Values[0] is long due ? Time(due) : null;

    public IReadOnlyList<WorkflowStep> Steps() => OperationRecord.Steps(Sql.Exec(
        "SELECT number, step, kind, name, attempt, asked, due, ended, cancelled, outcome FROM operation ORDER BY number").Raw().Select(
            row => new OperationRecord(
                new Operation((long)row[0]!, (int)(long)row[1]!, (OperationKind)(long)row[2]!, (string)row[3]!, (int)(long)row[4]!),
                Time(row[5]))
            {
                Due = row[6] is null ? null : Time(row[6]),
                Ended = row[7] is null ? null : Time(row[7]),
                IsCancelled = (long)row[8]! != 0,
                Outcome = Json<StepOutcome>(row[9]),
            }));

    private static T? Json<T>(object? value) => value is byte[] bytes ? JsonSerializer.Deserialize<T>(bytes, ObjectJson.Options) : default;

    private static byte[]? Blob<T>(T? value) => value is null ? null : JsonSerializer.SerializeToUtf8Bytes(value, ObjectJson.Options);

    private static DateTimeOffset Time(object? milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds!);

    private static long Time(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    /// <summary>Rounded up, so that nothing is due early.</summary>
    private static long TimeUp(DateTimeOffset time) => Time(time) + (time > Time((object)Time(time)) ? 1 : 0);
}

/// <summary>A workflow in its object's storage.</summary>
/// <param name="Name">Its class.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Execution">How often it has continued as new.</param>
/// <param name="Begun">When this execution began.</param>
/// <param name="Fed">The last happening that its code was given.</param>
internal sealed record WorkflowRow(string Name, WorkflowState State, int Execution, DateTimeOffset Begun, long Fed)
{
    public DateTimeOffset Created { get; init; }

    public DateTimeOffset Updated { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public Failure? Error { get; init; }

    public WorkflowReply? Reply { get; init; }

    public WorkflowParent? Parent { get; init; }

    public bool HasEnded => State is WorkflowState.Completed or WorkflowState.Failed or WorkflowState.Terminated;
}

/// <summary>What a workflow is given and gives.</summary>
internal enum WorkflowPayload
{
    /// <summary>What it was started with.</summary>
    Input,

    /// <summary>What this execution was started with, if it has continued as new.</summary>
    Next,

    /// <summary>What it has ended with.</summary>
    Output,
}
