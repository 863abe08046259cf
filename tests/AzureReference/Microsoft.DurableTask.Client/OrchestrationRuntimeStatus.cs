namespace Microsoft.DurableTask.Client;

public enum OrchestrationRuntimeStatus
{
    Running,
    Completed,

    [Obsolete("No instance shows it any more.")]
    ContinuedAsNew,

    Failed,

    [Obsolete("No instance shows it.")]
    Canceled,

    Terminated,
    Pending,
    Suspended,
}
