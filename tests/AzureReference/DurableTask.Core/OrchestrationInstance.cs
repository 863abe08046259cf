namespace DurableTask.Core;

public class OrchestrationInstance
{
    public string InstanceId { get; set; }

    public string ExecutionId { get; set; }

    public override int GetHashCode() => HashCode.Combine(InstanceId, ExecutionId);

    public override string ToString() => $"{InstanceId} ({ExecutionId})";
}
