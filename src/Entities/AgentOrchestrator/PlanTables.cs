using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The tables of an <see cref="AgentOrchestrator"/>. What a turn changes carries its revision, so that all of it is told at the turn's end.
/// Times are in milliseconds of the epoch.
/// </summary>
internal sealed class PlanTables(ObjectStorage storage)
{
    public const string Migration =
        """
        CREATE TABLE plan(
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, continues INTEGER NOT NULL, created INTEGER NOT NULL,
            ended INTEGER, revision INTEGER NOT NULL, bytes INTEGER NOT NULL);
        CREATE INDEX plan_by_end ON plan(ended, number);
        CREATE TABLE task(
            number INTEGER PRIMARY KEY, plan INTEGER NOT NULL REFERENCES plan(number) ON DELETE CASCADE, id TEXT NOT NULL,
            agent TEXT NOT NULL, retry TEXT, timeout INTEGER, state TEXT NOT NULL, missing INTEGER NOT NULL, attempts INTEGER NOT NULL,
            started INTEGER, ended INTEGER, error TEXT, workflow TEXT UNIQUE, checked INTEGER, busy INTEGER, revision INTEGER NOT NULL,
            needs TEXT NOT NULL, input TEXT, output TEXT, UNIQUE(plan, id));
        CREATE INDEX task_by_state ON task(state, agent, number);
        CREATE INDEX task_busy ON task(busy, agent) WHERE busy IS NOT NULL;
        CREATE INDEX task_changed ON task(revision);
        CREATE TABLE need(
            needed INTEGER NOT NULL REFERENCES task(number) ON DELETE CASCADE, task INTEGER NOT NULL,
            PRIMARY KEY(needed, task)) WITHOUT ROWID;
        """;

    private const string TaskColumns =
        "number, plan, id, agent, retry, timeout, state, missing, attempts, started, ended, error, workflow, checked, busy, needs";

    public PlanRow? Plan(string id) => Plans("SELECT * FROM plan WHERE id = ?", id).SingleOrDefault();

    public PlanRow Plan(long number) => Plans("SELECT * FROM plan WHERE number = ?", number).Single();

    public List<PlanRow> Page(AgentPlanState? state, long before, int limit) => [.. Plans(
        "SELECT * FROM plan WHERE number < ?1 AND (?2 IS NULL OR state = ?2) ORDER BY number DESC LIMIT ?3", before, state, limit)];

    public List<PlanRow> Changed(long revision) => [.. Plans("SELECT * FROM plan WHERE revision = ? ORDER BY number", revision)];

    public int Open() => storage.Sql.Exec("SELECT count(*) FROM plan WHERE ended IS NULL").One().Get<int>(0);

    public bool Any() => storage.Sql.Exec("SELECT 1 FROM plan LIMIT 1").FirstOrDefault() is not null;

    public long Insert(string id, bool continues, long now, long revision, long bytes) => storage.Sql.Exec(
        """
        INSERT INTO plan(id, state, continues, created, revision, bytes) VALUES (?, 'Running', ?, ?, ?, ?) RETURNING number
        """, id, continues, now, revision, bytes).One().Get<long>(0);

    public long Insert(long plan, AgentTask task, string? input, string? retry, long? timeout, long revision)
    {
        IReadOnlyList<string> needs = task.DependsOn ?? [];
        return storage.Sql.Exec(
            """
            INSERT INTO task(plan, id, agent, retry, timeout, state, missing, attempts, revision, needs, input)
            VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?) RETURNING number
            """,
            plan, task.Id, task.Agent, retry, timeout, needs.Count == 0 ? AgentTaskState.Ready : AgentTaskState.Waiting, needs.Count,
            revision, JsonSerializer.Serialize(needs), input).One().Get<long>(0);
    }

    public void Need(long needed, long task) => storage.Sql.Exec("INSERT INTO need(needed, task) VALUES (?, ?)", needed, task);

    public TaskRow? Task(long plan, string id) =>
        Tasks($"SELECT {TaskColumns} FROM task WHERE plan = ? AND id = ?", plan, id).SingleOrDefault();

    public TaskRow? Of(string workflow) => Tasks($"SELECT {TaskColumns} FROM task WHERE workflow = ?", workflow).SingleOrDefault();

    public List<TaskRow> Of(long plan, params ReadOnlySpan<AgentTaskState> states) => [.. Tasks(
        $"SELECT {TaskColumns} FROM task WHERE plan = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY number",
        plan, JsonSerializer.Serialize(states.ToArray().Select(state => state.ToString())))];

    public List<TaskRow> All(long plan) => [.. Tasks($"SELECT {TaskColumns} FROM task WHERE plan = ? ORDER BY number", plan)];

    public List<TaskRow> Changed(long plan, long revision) =>
        [.. Tasks($"SELECT {TaskColumns} FROM task WHERE revision = ? AND plan = ? ORDER BY number", revision, plan)];

    /// <summary>Those that wait for a task, in whatever way they stand.</summary>
    public List<TaskRow> Dependents(long task) => [.. Tasks(
        $"SELECT {TaskColumns} FROM task WHERE number IN (SELECT task FROM need WHERE needed = ?) ORDER BY number", task)];

    public List<string> ReadyAgents() =>
        [.. storage.Sql.Exec("SELECT DISTINCT agent FROM task WHERE state = 'Ready' ORDER BY agent").Select(row => row.Get<string>(0)!)];

    public List<TaskRow> Ready(string agent, int limit) => [.. Tasks(
        $"SELECT {TaskColumns} FROM task WHERE state = 'Ready' AND agent = ? ORDER BY number LIMIT ?", agent, limit)];

    /// <summary>
    /// The places of an agent that are taken: by tasks that run, and by attempts of cancelled ones that may be at work still.
    /// </summary>
    public int Taken(string agent, long now) => storage.Sql.Exec(
        """
        SELECT (SELECT count(*) FROM task WHERE state = 'Running' AND agent = ?1)
            + (SELECT count(*) FROM task WHERE busy > ?2 AND agent = ?1 AND state <> 'Running')
        """, agent, now).One().Get<int>(0);

    public IReadOnlyDictionary<AgentTaskState, int> Counts(long plan) => storage.Sql
        .Exec("SELECT state, count(*) FROM task WHERE plan = ? GROUP BY state ORDER BY state", plan)
        .ToDictionary(row => row.Get<AgentTaskState>(0), row => row.Get<int>(1));

    public JsonElement? Output(long task) =>
        Parsed(storage.Sql.Exec("SELECT output FROM task WHERE number = ?", task).One().Get<string>(0));

    public JsonElement? Input(long task) =>
        Parsed(storage.Sql.Exec("SELECT input FROM task WHERE number = ?", task).One().Get<string>(0));

    /// <summary>What a task depends on has come of.</summary>
    public Dictionary<string, JsonElement?> Outputs(long task) => storage.Sql
        .Exec("SELECT id, output FROM task WHERE number IN (SELECT needed FROM need WHERE task = ?)", task)
        .ToDictionary(row => row.Get<string>(0)!, row => Parsed(row.Get<string>(1)), StringComparer.Ordinal);

    public void Start(TaskRow task, string workflow, long now, long revision) => Change(
        task, revision, "state = 'Running', workflow = ?, checked = ?", workflow, now);

    public void Attempt(TaskRow task, int attempt, long now, long busy, string? error, long revision) => Change(
        task, revision, "attempts = ?, started = coalesce(started, ?), busy = ?, error = ?", attempt, now, busy, error);

    public void Release(TaskRow task, string? error, long revision) => Change(task, revision, "busy = NULL, error = ?", error);

    public void Succeed(TaskRow task, string? output, int bytes, long now, long revision)
    {
        Change(task, revision, "state = 'Succeeded', busy = NULL, error = NULL, output = ?, ended = ?", output, now);
        storage.Sql.Exec("UPDATE plan SET bytes = bytes + ? WHERE number = ?", bytes, task.Plan);
        storage.Sql.Exec("UPDATE task SET missing = missing - 1 WHERE number IN (SELECT task FROM need WHERE needed = ?)", task.Number);
        storage.Sql.Exec(
            """
            UPDATE task SET state = 'Ready', revision = ?
            WHERE state = 'Waiting' AND missing = 0 AND number IN (SELECT task FROM need WHERE needed = ?)
            """, revision, task.Number);
    }

    /// <summary>Ends a task without an output. An attempt that may be at work still keeps its place until it is heard of.</summary>
    public void End(TaskRow task, AgentTaskState state, string? error, bool keepsPlace, long now, long revision) => Change(
        task, revision, "state = ?, error = ?, busy = CASE WHEN ? THEN busy END, ended = ?", state, error, keepsPlace, now);

    /// <summary>
    /// Skips what depends on a task that has no output, and if the plan stops at the first failure everything that has not begun.
    /// </summary>
    public void SkipAfter(TaskRow task, string why, long now, long revision)
    {
        if (!Plan(task.Plan).Continues)
        {
            foreach (TaskRow other in Of(task.Plan, AgentTaskState.Waiting, AgentTaskState.Ready))
            {
                End(other, AgentTaskState.Skipped, why, keepsPlace: false, now, revision);
            }
            return;
        }
        Stack<TaskRow> left = new([task]);
        while (left.TryPop(out TaskRow? ended))
        {
            foreach (TaskRow dependent in Dependents(ended.Number).Where(one => one.State == AgentTaskState.Waiting))
            {
                End(dependent, AgentTaskState.Skipped, why, keepsPlace: false, now, revision);
                left.Push(dependent);
            }
        }
    }

    public void Checked(TaskRow task, long now) => storage.Sql.Exec("UPDATE task SET checked = ? WHERE number = ?", now, task.Number);

    public List<TaskRow> Running() => [.. Tasks($"SELECT {TaskColumns} FROM task WHERE state = 'Running' ORDER BY number")];

    /// <summary>Tasks that run and whose workflows were not asked since a time, the longest unasked first.</summary>
    public List<TaskRow> Unchecked(long since, int limit) => [.. Tasks(
        $"SELECT {TaskColumns} FROM task WHERE state = 'Running' AND checked <= ? ORDER BY checked, number LIMIT ?", since, limit)];

    /// <summary>When the workflow was asked, or begun, of the task that has run longest unasked.</summary>
    public long? LeastChecked() =>
        storage.Sql.Exec("SELECT min(checked) FROM task WHERE state = 'Running'").One().Get<long?>(0);

    /// <summary>When the next attempt of a cancelled task gives back its place although it was not heard of.</summary>
    public long? NextRelease(long now) =>
        storage.Sql.Exec("SELECT min(busy) FROM task WHERE busy > ? AND state <> 'Running'", now).One().Get<long?>(0);

    public void End(long plan, AgentPlanState state, long now, long revision) => storage.Sql.Exec(
        "UPDATE plan SET state = ?, ended = ?, revision = ? WHERE number = ?", state, now, revision, plan);

    /// <summary>
    /// Deletes plans that ended long ago, or of which too many have ended, unless an attempt of theirs holds a place still.
    /// </summary>
    public void Trim(long endedBefore, int keep, long now) => storage.Sql.Exec(
        """
        DELETE FROM plan WHERE ended IS NOT NULL
            AND (ended <= ?1 OR number NOT IN (SELECT number FROM plan WHERE ended IS NOT NULL ORDER BY ended DESC, number DESC LIMIT ?2))
            AND NOT EXISTS (SELECT 1 FROM task WHERE plan = plan.number AND busy > ?3)
        """, endedBefore, keep, now);

    public long? OldestEnd() => storage.Sql.Exec("SELECT min(ended) FROM plan").One().Get<long?>(0);

    private void Change(TaskRow task, long revision, string set, params ReadOnlySpan<object?> values)
    {
        storage.Sql.Exec($"UPDATE task SET {set}, revision = ? WHERE number = ?", [.. values, revision, task.Number]);
        storage.Sql.Exec("UPDATE plan SET revision = ? WHERE number = ?", revision, task.Plan);
    }

    private IEnumerable<PlanRow> Plans(string sql, params ReadOnlySpan<object?> arguments) =>
        storage.Sql.Exec(sql, arguments).As<PlanRow>();

    private IEnumerable<TaskRow> Tasks(string sql, params ReadOnlySpan<object?> arguments) =>
        storage.Sql.Exec(sql, arguments).As<TaskRow>();

    private static JsonElement? Parsed(string? json) => json is null ? null : JsonSerializer.Deserialize<JsonElement>(json);
}

/// <summary>A plan as stored.</summary>
internal sealed record PlanRow(
    long Number, string Id, AgentPlanState State, bool Continues, long Created, long? Ended, long Revision, long Bytes)
{
    public DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds(Created);

    public DateTimeOffset? EndedAt => Ended is { } ended ? DateTimeOffset.FromUnixTimeMilliseconds(ended) : null;
}

/// <summary>A task as stored, without input and output.</summary>
internal sealed record TaskRow(
    long Number, long Plan, string Id, string Agent, string? Retry, long? Timeout, AgentTaskState State, int Missing, int Attempts,
    long? Started, long? Ended, string? Error, string? Workflow, long? Checked, long? Busy, string Needs)
{
    public bool HasEnded => State is not (AgentTaskState.Waiting or AgentTaskState.Ready or AgentTaskState.Running);

    public AgentTaskStatus ToStatus(JsonElement? output) => new(
        Id, Agent, JsonSerializer.Deserialize<string[]>(Needs)!, State, Attempts, Time(Started), Time(Ended), output, Error);

    private static DateTimeOffset? Time(long? milliseconds) =>
        milliseconds is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
}
