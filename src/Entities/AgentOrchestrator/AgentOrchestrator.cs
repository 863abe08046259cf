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

    private const string RevisionKey = "revision";

    private readonly Agents _agents;
    private readonly PlanTables _tables;
    private readonly AgentPlaces _places;
    private readonly WorkflowWatch _watch;
    private readonly PlanProgress _progress;

    /// <summary>An orchestrator of the agents that are configured.</summary>
    public AgentOrchestrator(ObjectContext context, Agents agents)
        : base(context)
    {
        _agents = agents;
        _tables = new PlanTables(Storage);
        _places = new AgentPlaces(context, agents, _tables);
        _watch = new WorkflowWatch(context, _tables);
        _progress = new PlanProgress(context.Sockets, _tables);
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
        Argument.Text(id, "planId", AgentOrchestratorLimits.IdCharacters);
        string?[] inputs =
            [.. tasks.Select(task => Argument.Json(task.Input, Argument.Of("input", task.Id), AgentOrchestratorLimits.PlanBytes))];
        long bytes = inputs.Sum(input => Encoding.UTF8.GetByteCount(input ?? ""));
        if (bytes > AgentOrchestratorLimits.PlanBytes)
        {
            throw Argument.Invalid(
                $"The inputs of the tasks have {bytes:N0} bytes together; the limit is {AgentOrchestratorLimits.PlanBytes:N0} bytes.");
        }
        if (_tables.Plan(id) is not null)
        {
            throw new DurableObjectException(409, PlanExists, $"There is a plan '{id}'.");
        }
        if (_tables.Open() >= AgentOrchestratorLimits.MaxOpenPlans)
        {
            throw new DurableObjectException(
                409, TooManyPlans, $"{AgentOrchestratorLimits.MaxOpenPlans} plans have not ended, which is the limit.");
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
        return Task.FromResult(_progress.Status(_tables.Plan(plan), withOutputs: false));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<AgentPlanStatus> Status(string planId, bool outputs = true) => Task.FromResult(_progress.Status(Known(planId), outputs));

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<AgentPlan>> List(AgentPlanState? state = null, int limit = 50, string? before = null)
    {
        Argument.Within(limit, "limit", 1, AgentOrchestratorLimits.PagePlans);
        return Task.FromResult(_progress.Page(state, before is null ? long.MaxValue : Known(before).Number, limit));
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
        _tables.SkipAfter(task, $"The task '{task.Id}' was cancelled.", Now, revision);
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
        long revision = NextRevision();
        _tables.Attempt(task, attempt, Now, _places.FreeAt(task), error, revision);
        _progress.Publish(revision);
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
        string? json = Argument.JsonOf(output, $"The output of '{task.Id}'", AgentOrchestratorLimits.OutputBytes);
        int bytes = Encoding.UTF8.GetByteCount(json ?? "");
        if (_tables.Plan(task.Plan).Bytes + bytes > AgentOrchestratorLimits.PlanBytes)
        {
            throw Argument.Invalid(
                $"With the output of '{task.Id}' the plan has more bytes of inputs and outputs than the limit of "
                + $"{AgentOrchestratorLimits.PlanBytes:N0} bytes.");
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
        if (status is { State: not WorkflowState.Completed })
        {
            return Ended(status);
        }
        if (_watch.Answered(status) is { } task)
        {
            long revision = NextRevision();
            // Should it be there after all, there would be two.
            Context.Workflows.Terminate(task.Workflow!, "The task was begun anew.");
            _places.Begin(task, revision);
            _progress.Publish(revision);
            SetAlarm();
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        _watch.Ask();
        GoOn(NextRevision());
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        _progress.Follow(socket, opening.Query.GetValueOrDefault("plan") is { } planId ? Known(planId) : null);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        EndIfEmpty();
        return ValueTask.CompletedTask;
    }

    private string CancelledBy() => $"Cancelled by {Argument.Shorten(Context.Caller.Id ?? "an anonymous caller")}.";

    private PlanRow Known(string planId) => _tables.Plan(planId)
        ?? throw new DurableObjectException(404, UnknownPlan, $"There is no plan '{Argument.Shorten(planId)}'.");

    private long NextRevision()
    {
        long revision = Storage.Get<long>(RevisionKey) + 1;
        Storage.Put(RevisionKey, revision);
        return revision;
    }

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
        _tables.SkipAfter(task, $"The task '{task.Id}' failed.", Now, revision);
        GoOn(revision);
    }

    /// <summary>
    /// Begins what can be begun, ends plans that are done, tells of all that the turn has changed, and sees to what comes next.
    /// </summary>
    private void GoOn(long revision)
    {
        bool hasBegunAll = _places.Fill(revision);
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
        _progress.Publish(revision);
        _tables.Trim(Now - (long)AgentOrchestratorLimits.Retention.TotalMilliseconds, AgentOrchestratorLimits.MaxEndedPlans, Now);
        if (hasBegunAll)
        {
            SetAlarm();
        }
        else
        {
            Storage.SetAlarm(Context.Now);
        }
        EndIfEmpty();
    }

    private void SetAlarm()
    {
        long now = Now;
        long?[] times =
        [
            _tables.NextRelease(now),
            _tables.OldestEnd() + (long)AgentOrchestratorLimits.Retention.TotalMilliseconds,
            _watch.Next(),
        ];
        // What is due and could not be done, such as forgetting a plan one of whose attempts is at work, is looked at again later.
        long? next = times.Select(time => time <= now ? now + (long)AgentPlaces.Grace.TotalMilliseconds : time).Min();
        if (next is { } due && !(Storage.GetAlarm() <= DateTimeOffset.FromUnixTimeMilliseconds(due)))
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(due));
        }
    }

    private void EndIfEmpty()
    {
        if (Context.Sockets.Count == 0 && !_tables.Any())
        {
            Storage.DeleteAll();
        }
    }
}
