using System.Text;
using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// Plans of tasks for several agents, which are activities or HTTP endpoints: each task begins when those that it depends on have succeeded
/// and its agent has a place free, side by side where possible, with retries, a circuit breaker for each agent, cancellation, and progress
/// over sockets. What is done stays done, whatever crashes.
/// </summary>
/// <remarks>
/// Each task is a workflow of its own, which does the waiting; the object is the scheduler. Who may begin is decided in the turn that takes
/// note of an end, from the tables alone, so there is nothing to be resumed after a crash, and the places of an agent are counted where all
/// plans are. A workflow for each plan would have to ask for every place and wait for it, and carry the outputs in its history.
/// </remarks>
[DurableObject(ClassName)]
public sealed class AgentOrchestrator : DurableObject, IAgentOrchestrator, IAgentAttempts
{
    /// <summary>The name of the class.</summary>
    public const string ClassName = "agent-orchestrator";

    /// <summary>Characters (UTF-16) of the id of a plan or a task.</summary>
    public const int IdCharacters = 64;

    /// <summary>Tasks of a plan: with all that they depend on, they fit one message to a socket.</summary>
    public const int MaxTasks = 100;

    /// <summary>Tasks that one may depend on.</summary>
    public const int MaxDependencies = 50;

    /// <summary>Dependencies of a plan's tasks in all.</summary>
    public const int MaxPlanDependencies = 1_000;

    /// <summary>Bytes of all inputs and outputs of a plan as JSON. What is larger belongs in a blob store, with its address here.</summary>
    public const int PlanBytes = 1_024 * 1_024;

    /// <summary>Bytes of one output as JSON.</summary>
    public const int OutputBytes = 256 * 1_024;

    /// <summary>Levels that inputs and outputs may be nested: they travel within others, and JSON is read to 64.</summary>
    public const int Depth = Argument.JsonDepth;

    /// <summary>Plans that have not ended. With those that have they stay below the size that a database may have on Azure.</summary>
    public const int MaxOpenPlans = 50;

    /// <summary>Plans that have ended and are kept, the newest.</summary>
    public const int MaxEndedPlans = 50;

    /// <summary>Plans of a page.</summary>
    public const int PagePlans = 100;

    /// <summary>The longest delay between two attempts in seconds: an hour, in which the task keeps its place.</summary>
    public const int MaxDelaySeconds = 3_600;

    /// <summary>The error code of a plan's id that is not known.</summary>
    public const string UnknownPlan = "unknown-plan";

    /// <summary>The error code of a task's id that is not in the plan.</summary>
    public const string UnknownTask = "unknown-task";

    /// <summary>The error code of an agent that is not configured any more.</summary>
    public const string UnknownAgent = "unknown-agent";

    /// <summary>The error code of a plan's id that is taken.</summary>
    public const string PlanExists = "plan-exists";

    /// <summary>The error code of a plan too many.</summary>
    public const string TooManyPlans = "too-many-plans";

    /// <summary>The error code of an attempt that failed and may succeed later.</summary>
    public const string AgentFailed = "agent-failed";

    /// <summary>The error code of an agent's decision: the task is not tried again.</summary>
    public const string AgentRefused = "agent-refused";

    /// <summary>The error code of an attempt whose task does not run any more.</summary>
    public const string TaskNotRunning = "task-not-running";

    /// <summary>How long a plan is kept after its end.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(7);

    /// <summary>Tasks that one turn begins, each of them an effect; the next turn goes on.</summary>
    private const int StartsAtOnce = Limits.SignalsPerTurn / 2;

    private const string RevisionKey = "revision";
    private const string QuestionKey = "question";
    private const string AllTag = "all";

    /// <summary>What an attempt has beyond its timeout until its place is free although nobody has heard of it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    /// <summary>How long a task runs before its workflow is asked: its end may have been lost, as after a return to a bookmark.</summary>
    private static readonly TimeSpan WatchEvery = TimeSpan.FromHours(1);

    /// <summary>How long a workflow may take to say where it stands before another is asked.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromMinutes(10);

    private readonly Agents _agents;
    private readonly PlanTables _tables;

    /// <summary>An orchestrator of the agents that are configured.</summary>
    public AgentOrchestrator(ObjectContext context, Agents agents)
        : base(context)
    {
        _agents = agents;
        _tables = new PlanTables(Storage);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations => [PlanTables.Migration];

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public Task<AgentPlanStatus> Submit(IReadOnlyList<AgentTask> tasks, string? planId = null, bool continueOnFailure = false)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        PlanCheck.Check(tasks, _agents);
        string id = planId ?? WorkflowId.New(Context.Clock);
        Argument.Text(id, "planId", IdCharacters);
        string?[] inputs = [.. tasks.Select(task => Argument.Json(task.Input, $"input' of '{task.Id}", PlanBytes))];
        long bytes = inputs.Sum(input => Encoding.UTF8.GetByteCount(input ?? ""));
        if (bytes > PlanBytes)
        {
            throw Argument.Invalid($"The inputs of the tasks have {bytes:N0} bytes together; the limit is {PlanBytes:N0} bytes.");
        }
        if (_tables.Plan(id) is not null)
        {
            throw new DurableObjectException(409, PlanExists, $"There is a plan '{id}'.");
        }
        if (_tables.Open() >= MaxOpenPlans)
        {
            throw new DurableObjectException(409, TooManyPlans, $"{MaxOpenPlans} plans have not ended, which is the limit.");
        }
        long revision = NextRevision();
        long plan = _tables.Insert(id, continueOnFailure, Now, revision, bytes);
        Dictionary<string, long> numbers = new(StringComparer.Ordinal);
        for (int i = 0; i < tasks.Count; i++)
        {
            AgentTask task = tasks[i];
            numbers[task.Id] = _tables.Insert(
                plan, task, inputs[i], Argument.Json(task.Retry, "retry"), (long?)(task.TimeoutSeconds * 1_000), revision);
        }
        foreach (AgentTask task in tasks)
        {
            foreach (string needed in task.DependsOn ?? [])
            {
                _tables.Need(numbers[needed], numbers[task.Id]);
            }
        }
        GoOn(revision);
        return Task.FromResult(Describe(_tables.Plan(plan), withOutputs: false));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<AgentPlanStatus> Status(string planId, bool outputs = true) => Task.FromResult(Describe(Known(planId), outputs));

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<AgentPlan>> List(AgentPlanState? state = null, int limit = 50, string? before = null)
    {
        Argument.Within(limit, "limit", 1, PagePlans);
        return Task.FromResult(Page(state, before is null ? long.MaxValue : Known(before).Number, limit));
    }

    /// <inheritdoc/>
    public Task<bool> Cancel(string planId)
    {
        PlanRow plan = Known(planId);
        if (plan.State != AgentPlanState.Running)
        {
            return Task.FromResult(false);
        }
        long revision = NextRevision();
        foreach (TaskRow task in _tables.Of(
            plan.Number, AgentTaskState.Waiting, AgentTaskState.Ready, AgentTaskState.Running))
        {
            Stop(task, CancelledBy(), revision);
        }
        _tables.End(plan.Number, AgentPlanState.Cancelled, Now, revision);
        GoOn(revision);
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public Task<bool> CancelTask(string planId, string taskId)
    {
        PlanRow plan = Known(planId);
        TaskRow task = _tables.Task(plan.Number, taskId)
            ?? throw new DurableObjectException(404, UnknownTask, $"The plan has no task '{Argument.Shorten(taskId)}'.");
        if (task.HasEnded)
        {
            return Task.FromResult(false);
        }
        long revision = NextRevision();
        Stop(task, CancelledBy(), revision);
        SkipAfter(task, $"The task '{task.Id}' was cancelled.", revision);
        GoOn(revision);
        return Task.FromResult(true);
    }

    /// <summary>Takes note that an attempt begins. For <see cref="Agent"/> alone.</summary>
    public Task<AgentRequest?> Attempting(string workflow, int attempt)
    {
        RuntimeOnly.RequireActivity(Context.Caller);
        TaskRow? task = _tables.Of(workflow);
        if (task is { State: AgentTaskState.Succeeded })
        {
            return Task.FromResult<AgentRequest?>(null);
        }
        if (task is not { State: AgentTaskState.Running })
        {
            throw new DurableObjectException(409, TaskNotRunning, "The task was cancelled or begun anew, so the attempt is not made.");
        }
        // One that is not over for the tables, though the next begins, has overrun its time.
        string? error = task.Busy is not null && attempt > task.Attempts
            ? $"{ErrorCodes.ActivityTimeout}: the attempt {task.Attempts} has not ended within its time."
            : task.Error;
        long now = Now;
        long revision = NextRevision();
        _tables.Attempt(task, attempt, now, now + (long)(TimeoutOf(task) + Grace).TotalMilliseconds, error, revision);
        Publish(revision);
        return Task.FromResult<AgentRequest?>(new AgentRequest(
            _tables.Plan(task.Plan).Id, task.Id, task.Agent, attempt, _tables.Input(task.Number), _tables.Outputs(task.Number)));
    }

    /// <summary>Takes note of the end of an attempt. For <see cref="Agent"/> alone.</summary>
    public Task Attempted(string workflow, int attempt, JsonElement? output, string? error)
    {
        RuntimeOnly.RequireActivity(Context.Caller);
        if (_tables.Of(workflow) is not { } task || attempt != task.Attempts || task.State == AgentTaskState.Succeeded)
        {
            return Task.CompletedTask;
        }
        long revision = NextRevision();
        if (task.State != AgentTaskState.Running || error is not null)
        {
            _tables.Release(task, task.State == AgentTaskState.Running ? error : task.Error, revision);
            GoOn(revision);
            return Task.CompletedTask;
        }
        string? json = Argument.Json(output, $"the output of '{task.Id}", OutputBytes);
        int bytes = Encoding.UTF8.GetByteCount(json ?? "");
        if (_tables.Plan(task.Plan).Bytes + bytes > PlanBytes)
        {
            throw Argument.Invalid(
                $"With the output of '{task.Id}' the plan has more bytes of inputs and outputs than the limit of {PlanBytes:N0} bytes.");
        }
        _tables.Succeed(task, json, bytes, Now, revision);
        GoOn(revision);
        return Task.CompletedTask;
    }

    /// <summary>Takes note of the end of a task's workflow: for one that succeeded, nothing new. For workflows alone.</summary>
    public Task Ended(WorkflowStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        RuntimeOnly.RequireWorkflow(Context.Caller);
        if (status.HasEnded && _tables.Of(status.Id) is { } task && !task.HasEnded)
        {
            Fail(task, status.Error is { } error
                ? $"{error.Code}: {error.Message}"
                : $"{AgentFailed}: the activity of '{task.Agent}' does not derive from {nameof(Agent)}.",
                keepsPlace: status.State == WorkflowState.Terminated);
        }
        return Task.CompletedTask;
    }

    /// <summary>
    /// Takes note of where a workflow stands that was asked; null if there is none. A task whose workflow is lost, or was done with before
    /// a return to a bookmark, is begun anew. For workflows alone.
    /// </summary>
    public Task Stands(WorkflowStatus? status)
    {
        RuntimeOnly.RequireWorkflow(Context.Caller);
        // One that has completed has told the output before its end. If it is not here, this object was returned to a time before.
        bool isLost = status is null or { State: WorkflowState.Completed };
        string? workflow = status is null ? Storage.Get<Question>(QuestionKey)?.Workflow : status.Id;
        Storage.Delete(QuestionKey);
        if (!isLost)
        {
            Ended(status!);
        }
        else if (workflow is not null && _tables.Of(workflow) is { State: AgentTaskState.Running } task)
        {
            long revision = NextRevision();
            // Should it be there after all, there would be two.
            Context.Workflows.Terminate(workflow, "The task was begun anew.");
            Begin(task, revision);
            Publish(revision);
        }
        Watch();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        Watch();
        GoOn(NextRevision());
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        if (opening.Query.GetValueOrDefault("plan") is { } planId)
        {
            PlanRow plan = Known(planId);
            socket.SetTags(TagOf(plan.Number));
            socket.Send("status", Describe(plan, withOutputs: false));
        }
        else
        {
            socket.SetTags(AllTag);
            socket.Send("plans", Page(null, long.MaxValue, PagePlans));
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        EndIfEmpty();
        return ValueTask.CompletedTask;
    }

    /// <summary>What follows a failed attempt: what the task says, and otherwise what its agent does.</summary>
    internal static RetryPolicy RetryOf(AgentRetry? retry, AgentSettings agent)
    {
        RetryPolicy policy = agent.Retry;
        TimeSpan most = Seconds(retry?.MaxDelaySeconds) ?? policy.MaxDelay;
        return new RetryPolicy
        {
            MaxAttempts = retry?.MaxAttempts ?? policy.MaxAttempts,
            FirstDelay = Seconds(retry?.FirstDelaySeconds) ?? (policy.FirstDelay < most ? policy.FirstDelay : most),
            MaxDelay = most,
            Factor = retry?.Factor ?? policy.Factor,
            Jitter = retry?.Jitter ?? policy.Jitter,
            DoNotRetry = [TaskNotRunning, AgentRefused, ErrorCodes.InvalidArgument],
        };
    }

    private static TimeSpan? Seconds(decimal? seconds) => seconds is { } value ? TimeSpan.FromMilliseconds((double)(value * 1_000)) : null;

    private static string TagOf(long plan) => $"plan:{plan}";

    private string CancelledBy() => $"Cancelled by {Argument.Shorten(Context.Caller.Id ?? "an anonymous caller")}.";

    private PlanRow Known(string planId) => _tables.Plan(planId)
        ?? throw new DurableObjectException(404, UnknownPlan, $"There is no plan '{Argument.Shorten(planId)}'.");

    private IReadOnlyList<AgentPlan> Page(AgentPlanState? state, long before, int limit) =>
    [
        .. _tables.Page(state, before, limit).Select(plan => new AgentPlan(
            plan.Id, plan.State, plan.Continues, plan.CreatedAt, plan.EndedAt, _tables.Counts(plan.Number))),
    ];

    private long NextRevision()
    {
        long revision = Storage.Get<long>(RevisionKey) + 1;
        Storage.Put(RevisionKey, revision);
        return revision;
    }

    private TimeSpan TimeoutOf(TaskRow task) => task.Timeout is { } milliseconds
        ? TimeSpan.FromMilliseconds(milliseconds)
        : _agents.Find(task.Agent)?.Timeout ?? Limits.ActivityTimeout;

    /// <summary>Cancels a task. One that has an attempt at work keeps its place until that is over.</summary>
    private void Stop(TaskRow task, string why, long revision)
    {
        _tables.End(task, AgentTaskState.Cancelled, why, keepsPlace: true, Now, revision);
        if (task is { State: AgentTaskState.Running, Workflow: { } workflow })
        {
            Context.Workflows.Terminate(workflow, why);
        }
    }

    /// <summary>Notes that a task has failed. Where its workflow was terminated an attempt may be at work still.</summary>
    private void Fail(TaskRow task, string error, bool keepsPlace)
    {
        long revision = NextRevision();
        _tables.End(task, AgentTaskState.Failed, Argument.Shorten(error), keepsPlace, Now, revision);
        SkipAfter(task, $"The task '{task.Id}' failed.", revision);
        GoOn(revision);
    }

    /// <summary>
    /// Skips what depends on a task that has no output, and if the plan stops at the first failure everything that has not begun.
    /// </summary>
    private void SkipAfter(TaskRow task, string why, long revision)
    {
        if (!_tables.Plan(task.Plan).Continues)
        {
            foreach (TaskRow other in _tables.Of(task.Plan, AgentTaskState.Waiting, AgentTaskState.Ready))
            {
                _tables.End(other, AgentTaskState.Skipped, why, keepsPlace: false, Now, revision);
            }
            return;
        }
        Stack<TaskRow> left = new([task]);
        while (left.TryPop(out TaskRow? ended))
        {
            foreach (TaskRow dependent in _tables.Dependents(ended.Number).Where(one => one.State == AgentTaskState.Waiting))
            {
                _tables.End(dependent, AgentTaskState.Skipped, why, keepsPlace: false, Now, revision);
                left.Push(dependent);
            }
        }
    }

    /// <summary>
    /// Begins what can be begun, ends plans that are done, tells of all that the turn has changed, and sees to what comes next.
    /// </summary>
    private void GoOn(long revision)
    {
        int starts = 0;
        foreach (string name in _tables.ReadyAgents())
        {
            int places = _agents.Find(name) is { } agent
                ? Math.Max(0, agent.MaxConcurrency - _tables.Taken(name, Now))
                : int.MaxValue;
            foreach (TaskRow task in _tables.Ready(name, Math.Min(places, StartsAtOnce - starts)))
            {
                Begin(task, revision);
                starts++;
            }
        }
        foreach (PlanRow plan in _tables.Changed(revision))
        {
            IReadOnlyDictionary<AgentTaskState, int> counts = _tables.Counts(plan.Number);
            if (plan.State == AgentPlanState.Running
                && !counts.Keys.Any(state => state is AgentTaskState.Waiting or AgentTaskState.Ready or AgentTaskState.Running))
            {
                bool isDone = counts.Keys.All(state => state == AgentTaskState.Succeeded);
                _tables.End(plan.Number, isDone ? AgentPlanState.Succeeded : AgentPlanState.Failed, Now, revision);
            }
        }
        Publish(revision);
        _tables.Trim(Now - (long)Retention.TotalMilliseconds, MaxEndedPlans, Now);
        if (starts == StartsAtOnce)
        {
            Storage.SetAlarm(Context.Now);
        }
        else
        {
            SetAlarm();
        }
        EndIfEmpty();
    }

    /// <summary>
    /// Begins a task, or begins it anew whose workflow is lost. One whose agent is not configured any more waits in its workflow, where the
    /// attempts fail.
    /// </summary>
    private void Begin(TaskRow task, long revision)
    {
        AgentSettings agent = _agents.Find(task.Agent) ?? new AgentSettings { Name = task.Agent };
        AgentRetry? retry = task.Retry is { } json ? JsonSerializer.Deserialize<AgentRetry>(json, ObjectJson.Options) : null;
        string workflow = $"agent-{WorkflowId.New(Context.Clock)}";
        _tables.Start(task, workflow, Now, revision);
        AgentOrder order = new(
            Context.Address.Key, task.Agent, agent.Activity ?? HttpAgent.Name, RetryOf(retry, agent), TimeoutOf(task), agent.Breaker);
        Context.Workflows.Start(AgentTaskWorkflow.Name, workflow, order, nameof(Ended));
    }

    /// <summary>
    /// Asks the workflow of the task that has run longest unasked, one at a time: an answer that there is none has no name.
    /// </summary>
    private void Watch()
    {
        if (NextQuestion() <= Now && _tables.LeastChecked() is { Workflow: { } workflow } task)
        {
            _tables.Checked(task, Now);
            Storage.Put(QuestionKey, new Question(workflow, Now));
            Context.Workflows.Query(workflow, nameof(Stands));
        }
        SetAlarm();
    }

    private long? NextQuestion()
    {
        long? due = _tables.LeastChecked()?.Checked + (long)WatchEvery.TotalMilliseconds;
        long? free = Storage.Get<Question>(QuestionKey)?.At + (long)AnswerPatience.TotalMilliseconds;
        return due < free ? free : due;
    }

    private void SetAlarm()
    {
        long now = Now;
        long?[] times =
        [
            _tables.NextRelease(now),
            _tables.OldestEnd() + (long)Retention.TotalMilliseconds,
            NextQuestion(),
        ];
        // What is due and could not be done, such as forgetting a plan one of whose attempts is at work, is looked at again later.
        long? next = times.Select(time => time <= now ? now + (long)Grace.TotalMilliseconds : time).Min();
        if (next is { } due && !(Storage.GetAlarm() <= DateTimeOffset.FromUnixTimeMilliseconds(due)))
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(due));
        }
    }

    private void Publish(long revision)
    {
        if (Context.Sockets.Count == 0)
        {
            return;
        }
        foreach (PlanRow plan in _tables.Changed(revision))
        {
            AgentProgress progress = new(
                plan.Id, plan.State, revision, _tables.Counts(plan.Number),
                [.. _tables.Changed(plan.Number, revision).Select(task => task.ToStatus(null))]);
            Context.Sockets.SendToTag(AllTag, "progress", progress);
            Context.Sockets.SendToTag(TagOf(plan.Number), "progress", progress);
        }
    }

    private void EndIfEmpty()
    {
        if (Context.Sockets.Count == 0 && !_tables.Any())
        {
            Storage.DeleteAll();
        }
    }

    private AgentPlanStatus Describe(PlanRow plan, bool withOutputs) => new(
        plan.Id, plan.State, plan.Continues, plan.CreatedAt, plan.EndedAt, plan.Revision,
        [.. _tables.All(plan.Number).Select(task => task.ToStatus(withOutputs ? _tables.Output(task.Number) : null))]);

    /// <summary>Which workflow was asked where it stands, and when.</summary>
    private sealed record Question(string Workflow, long At);
}
