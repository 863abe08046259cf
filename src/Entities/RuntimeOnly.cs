namespace DurableObjects.Entities;

/// <summary>
/// The check of methods that are public so that the runtime can call them, and are not for callers. Any other object is a caller, too: what
/// it signals may be what somebody told it to.
/// </summary>
internal static class RuntimeOnly
{
    /// <summary>
    /// Refuses a caller that is no workflow, no activity, and no administrator, which is what the runtime itself is (403).
    /// </summary>
    public static void RequireWorkflow(Caller caller)
    {
        if (!caller.IsWorkflow)
        {
            RequireActivity(caller);
        }
    }

    /// <summary>Refuses a caller that is no activity of a workflow, and no administrator (403).</summary>
    public static void RequireActivity(Caller caller)
    {
        if (!caller.IsInRole(Caller.Workflow) && !caller.IsInRole(Caller.Administrator))
        {
            throw new DurableObjectException(403, ErrorCodes.Forbidden, "This is for workflows and for administrators.");
        }
    }
}
