using DurableObjects.Workflows;

[DurableObject("desk")]
public sealed class Desk(ObjectContext context) : DurableObject(context)
{
    public void Send(string text)
    {
        // the page
    }

    public void Published(WorkflowStatus status) => ArgumentNullException.ThrowIfNull(status);

    public void Answered(WorkflowStatus? status) => Context.Logger.LogInformation("{Status}", status);
}
