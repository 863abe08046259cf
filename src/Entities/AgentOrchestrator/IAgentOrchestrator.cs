namespace DurableObjects.Entities;

/// <summary>The methods of the object class <c>agent-orchestrator</c>.</summary>
public interface IAgentOrchestrator
{
    /// <summary>Takes a plan and begins with it.</summary>
    /// <param name="tasks">
    /// 1 to <see cref="AgentOrchestratorLimits.MaxTasks"/> tasks, whose ids differ and whose dependencies go round in no circle. Their
    /// inputs and outputs have at most <see cref="AgentOrchestratorLimits.PlanBytes"/> together.
    /// </param>
    /// <param name="planId">
    /// The plan's id, 1 to <see cref="AgentOrchestratorLimits.IdCharacters"/> characters; a new one by default.
    /// </param>
    /// <param name="continueOnFailure">
    /// Whether tasks go on that do not depend on one that failed. If not, those that have not begun are skipped.
    /// </param>
    /// <exception cref="DurableObjectException">
    /// A task is malformed, or its agent is not configured (400; the text names it); there is a plan of that id (409 <c>plan-exists</c>),
    /// or <see cref="AgentOrchestratorLimits.MaxOpenPlans"/> have not ended (409 <c>too-many-plans</c>).
    /// </exception>
    Task<AgentPlanStatus> Submit(IReadOnlyList<AgentTask> tasks, string? planId = null, bool continueOnFailure = false);

    /// <summary>Where a plan stands, with the outputs of its tasks. Read-only.</summary>
    /// <param name="planId">The plan.</param>
    /// <param name="outputs">Whether with outputs.</param>
    /// <exception cref="DurableObjectException">There is no such plan, or none any more (404 <c>unknown-plan</c>).</exception>
    Task<AgentPlanStatus> Status(string planId, bool outputs = true);

    /// <summary>Plans, newest first, without their tasks. Read-only.</summary>
    /// <param name="state">Only those that stand there; null for all.</param>
    /// <param name="limit">1 to <see cref="AgentOrchestratorLimits.PagePlans"/>.</param>
    /// <param name="before">The id of the last plan of the page before; null for the first page.</param>
    Task<IReadOnlyList<AgentPlan>> List(AgentPlanState? state = null, int limit = 50, string? before = null);

    /// <summary>
    /// Cancels a plan: what has not ended is cancelled at once. A request that an agent works on is not cut off, but its answer is dropped,
    /// and its place is free when it has come.
    /// </summary>
    /// <returns>Whether it was running.</returns>
    /// <exception cref="DurableObjectException">There is no such plan (404 <c>unknown-plan</c>).</exception>
    Task<bool> Cancel(string planId);

    /// <summary>Cancels a task, which is for the others as if it had failed.</summary>
    /// <returns>Whether it had not ended.</returns>
    /// <exception cref="DurableObjectException">
    /// There is no such plan (404 <c>unknown-plan</c>) or no such task in it (404 <c>unknown-task</c>).
    /// </exception>
    Task<bool> CancelTask(string planId, string taskId);
}
