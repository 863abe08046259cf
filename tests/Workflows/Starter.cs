using DurableObjects.Workflows;

namespace DurableObjects.Tests.Workflows;

/// <summary>An object that has workflows do something.</summary>
[DurableObject("starter")]
public sealed class Starter(ObjectContext context) : DurableObject(context)
{
    public void Start(string name, string id, int input) => Context.Workflows.Start(name, id, input, nameof(Ended));

    public void StartText(string name, string id, string input) => Context.Workflows.Start(name, id, input, nameof(Ended));

    public void StartAndFail(string name, string id, int input)
    {
        Context.Workflows.Start(name, id, input);
        throw new InvalidOperationException("not so");
    }

    public void Raise(string id, string name, string payload) => Context.Workflows.Raise(id, name, payload);

    public void Suspend(string id) => Context.Workflows.Suspend(id);

    public void Resume(string id) => Context.Workflows.Resume(id);

    public void Terminate(string id) => Context.Workflows.Terminate(id, "enough");

    public void Query(string id) => Context.Workflows.Query(id, nameof(Answered));

    public void Ended(WorkflowStatus status) => Storage.Put("ended", $"{status.Id} {status.State} {status.Output}");

    public void Answered(WorkflowStatus? status) => Storage.Put("answered", status is null ? "none" : $"{status.State} {status.Steps!.Count}");

    [ReadOnlyMethod]
    public string? Told(string what) => Storage.Get<string>(what);
}
