namespace DurableObjects.Entities;

/// <summary>The check of methods that are public so that the runtime can call them, and are not for callers.</summary>
internal static class RuntimeOnly
{
    /// <summary>Refuses a caller that is no workflow, no object, and no administrator, which is what the runtime itself is (403).</summary>
    public static void Require(Caller caller)
    {
        if (!caller.IsInRole(Caller.Workflow) && !caller.IsInRole(Caller.Object) && !caller.IsInRole(Caller.Administrator))
        {
            throw new DurableObjectException(403, ErrorCodes.Forbidden, "This is for workflows and for administrators.");
        }
    }
}
