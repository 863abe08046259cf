namespace DurableObjects.Entities;

/// <summary>What <c>progress</c> carries: the tasks of one plan that one turn has changed. Outputs are read with <c>status</c>.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="State">Where it stands now.</param>
/// <param name="Revision">As of <see cref="AgentPlanStatus.Revision"/>.</param>
/// <param name="Counts">How many of its tasks stand where.</param>
/// <param name="Changed">The tasks that changed, without their outputs.</param>
public sealed record AgentProgress(
    string Plan, AgentPlanState State, long Revision, IReadOnlyDictionary<AgentTaskState, int> Counts,
    IReadOnlyList<AgentTaskStatus> Changed);
