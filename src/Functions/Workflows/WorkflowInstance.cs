namespace DurableObjects.Functions.Workflows;

/// <summary>Which orchestration a workflow is.</summary>
public static class WorkflowInstance
{
    /// <summary>
    /// Stands before a workflow's id: instance ids are one space for the whole hub. With the longest id it comes to 99 characters; Durable
    /// Functions takes 100.
    /// </summary>
    public const string Prefix = "workflow.";

    /// <summary>The instance id of a workflow.</summary>
    public static string Of(string workflowId) => Prefix + workflowId;

    /// <summary>The workflow's id in an instance id.</summary>
    public static string IdOf(string instanceId)
    {
        ArgumentNullException.ThrowIfNull(instanceId);
        return instanceId[Prefix.Length..];
    }
}
