using System.Text.Json;

namespace DurableObjects.Workflows;

/// <summary>
/// Workflows as an object sees them: to be started, given events, suspended, resumed, terminated and asked about, from inside a turn. All
/// of it is an effect, as a signal is: it happens once the turn has committed, exactly once, in the order in which this object asked.
/// What comes back comes as a signal to a method of this object.
/// </summary>
public sealed class ObjectWorkflows
{
    private readonly ObjectSignals _signals;
    private readonly ObjectAddress _self;

    internal ObjectWorkflows(ObjectSignals signals, ObjectAddress self)
    {
        _signals = signals;
        _self = self;
    }

    /// <summary>Starts a workflow. If there is one of that id already, nothing happens.</summary>
    /// <param name="name">Its published name.</param>
    /// <param name="id">Its id; see <see cref="WorkflowId"/>.</param>
    /// <param name="input">What it starts with.</param>
    /// <param name="then">
    /// The method of this object that is told when it has ended: it gets a <see cref="WorkflowStatus"/> without steps. Null for none.
    /// </param>
    public void Start(string name, string id, object? input, string? then = null) => Post(id, new WorkflowCommand(WorkflowVerb.Start)
    {
        Name = name,
        Payload = WorkflowJson.Of(input, $"The input of '{name}'"),
        ReplyTo = then is null ? null : new WorkflowReply(_self.ClassName, _self.Key, then),
    });

    /// <summary>Raises an event for a workflow. A workflow that has ended takes no note of it.</summary>
    /// <param name="id">The workflow.</param>
    /// <param name="name">The event's name.</param>
    /// <param name="payload">What it comes with.</param>
    public void Raise(string id, string name, object? payload = null) => Post(id, new WorkflowCommand(WorkflowVerb.Raise)
    {
        Name = name,
        Payload = WorkflowJson.Of(payload, $"The event '{name}'"),
    });

    /// <summary>Ends a workflow where it is. What it has begun outside goes on; its compensations do not run.</summary>
    public void Terminate(string id, string? reason = null) => Post(id, new WorkflowCommand(WorkflowVerb.Terminate) { Reason = reason });

    /// <summary>Has a workflow do nothing until it is resumed. It takes note of what happens meanwhile.</summary>
    public void Suspend(string id, string? reason = null) => Post(id, new WorkflowCommand(WorkflowVerb.Suspend) { Reason = reason });

    /// <summary>Has a suspended workflow go on.</summary>
    public void Resume(string id, string? reason = null) => Post(id, new WorkflowCommand(WorkflowVerb.Resume) { Reason = reason });

    /// <summary>Asks where a workflow stands.</summary>
    /// <param name="id">The workflow.</param>
    /// <param name="then">
    /// The method of this object that gets the <see cref="WorkflowStatus"/>, with its steps; null if there is none. Of which workflow that
    /// is tells <see cref="Caller.IsWorkflowOf"/>.
    /// </param>
    public void Query(string id, string then) => Post(id, new WorkflowCommand(WorkflowVerb.Query)
    {
        ReplyTo = new WorkflowReply(_self.ClassName, _self.Key, then),
    });

    private void Post(string id, WorkflowCommand command)
    {
        WorkflowId.Check(id);
        command.Check();
        _signals.Post(
            ObjectAddress.OfName(WorkflowCommand.ClassName, id), WorkflowCommand.Method,
            JsonSerializer.SerializeToUtf8Bytes(new[] { command }, ObjectJson.Options), Limits.SignalsPerTurn);
    }
}
