
namespace DurableObjects.Workflows;

/// <summary>What a host offers of workflows to those outside of objects: endpoints, an application's own code, tests.</summary>
public interface IWorkflowHost
{
    /// <summary>The workflows and activities that the host runs.</summary>
    WorkflowClasses Classes { get; }

    /// <summary>Starts a workflow; durable when the task ends.</summary>
    /// <param name="name">Its published name.</param>
    /// <param name="id">Its id.</param>
    /// <param name="command">The rest of the start.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="DurableObjectException">
    /// There is no workflow of that name (404), the id is malformed (400), or taken (409).
    /// </exception>
    Task StartAsync(string name, string id, WorkflowCommand command, CancellationToken cancellation);

    /// <summary>Asks something else of a workflow than to start or to tell where it stands; durable when the task ends.</summary>
    /// <exception cref="DurableObjectException">There is none of that id (404), or it has ended (409).</exception>
    Task CommandAsync(string id, WorkflowCommand command, CancellationToken cancellation);

    /// <summary>Where a workflow stands; null if there is none of that id.</summary>
    /// <param name="id">The workflow.</param>
    /// <param name="withSteps">Whether with its steps.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    Task<WorkflowStatus?> FindAsync(string id, bool withSteps, CancellationToken cancellation);

    /// <summary>Workflows, a page at a time, without steps, inputs and outputs. Their order is the host's own.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="cursor">Where the page before ended; null for the first.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    Task<WorkflowPage> ListAsync(WorkflowFilter filter, string? cursor, int limit, CancellationToken cancellation);
}

/// <summary>Which workflows to list.</summary>
/// <param name="Name">Those of a class; null for all.</param>
/// <param name="State">Those that stand there; null for all.</param>
public sealed record WorkflowFilter(string? Name, WorkflowState? State);

/// <summary>A page of workflows.</summary>
/// <param name="Items">The workflows.</param>
/// <param name="Cursor">Where the next page begins; null if there is none.</param>
public sealed record WorkflowPage(IReadOnlyList<WorkflowStatus> Items, string? Cursor);
