using System.Text.Json;
using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.Workflows;

/// <summary>Workflows on a host where each is an object.</summary>
/// <param name="host">Has the objects.</param>
/// <param name="classes">The workflows and activities.</param>
public sealed class WorkflowObjects(IObjectHost host, WorkflowClasses classes) : IWorkflowHost
{
    /// <summary>Objects whose labels are looked at together for one page of a listing.</summary>
    private const int LabelsAtOnce = 1_000;

    /// <summary>The object class to be served.</summary>
    public static Type ObjectClass => typeof(WorkflowObject);

    /// <inheritdoc/>
    public WorkflowClasses Classes => classes;

    /// <inheritdoc/>
    public async Task StartAsync(string name, string id, WorkflowCommand command, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(command);
        classes.CheckWorkflow(name);
        if (!await SendAsync(id, command with { Name = name }, cancellation))
        {
            throw new DurableObjectException(409, ErrorCodes.WorkflowExists, $"There is a workflow '{id}' already.");
        }
    }

    /// <inheritdoc/>
    public async Task CommandAsync(string id, WorkflowCommand command, CancellationToken cancellation)
    {
        if (!await SendAsync(id, command, cancellation))
        {
            throw new DurableObjectException(409, ErrorCodes.WorkflowEnded, $"The workflow '{id}' has ended.");
        }
    }

    /// <inheritdoc/>
    public Task<WorkflowStatus?> FindAsync(string id, bool withSteps, CancellationToken cancellation) =>
        FindAsync(id, withSteps, withPayloads: true, cancellation);

    private async Task<WorkflowStatus?> FindAsync(string id, bool withSteps, bool withPayloads, CancellationToken cancellation)
    {
        byte[] arguments = JsonSerializer.SerializeToUtf8Bytes(new[] { withSteps, withPayloads }, ObjectJson.Options);
        CallTurn turn = new("describe", arguments) { Caller = Caller.Runtime };
        Answer answer = (await host.RunAsync(AddressOf(id), turn, cancellation)).OrThrow();
        return answer.Json.IsEmpty ? null : JsonSerializer.Deserialize<WorkflowStatus>(answer.Json.Span, ObjectJson.Options);
    }

    /// <inheritdoc/>
    public async Task<WorkflowPage> ListAsync(WorkflowFilter filter, string? cursor, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(filter);
        List<string> found = [];
        string? after = cursor;
        while (true)
        {
            IReadOnlyList<ObjectEntry> entries = await host.ListAsync(WorkflowCommand.ClassName, "", after, LabelsAtOnce, cancellation);
            foreach (ObjectEntry entry in entries)
            {
                if (found.Count == limit)
                {
                    return new WorkflowPage(await DescribeAsync(found, cancellation), after);
                }
                after = entry.Address.Key;
                if (IsWanted(entry.Summary.Label, filter))
                {
                    found.Add(after);
                }
            }
            if (entries.Count < LabelsAtOnce)
            {
                return new WorkflowPage(await DescribeAsync(found, cancellation), null);
            }
        }
    }

    internal static string LabelOf(string name, WorkflowState state) => $"{name} {state}";

    private static bool IsWanted(string? label, WorkflowFilter filter)
    {
        string[] parts = label?.Split(' ') ?? [];
        return parts.Length == 2
            && (filter.Name is null || filter.Name == parts[0])
            && (filter.State is null || filter.State.ToString() == parts[1]);
    }

    private static ObjectAddress AddressOf(string id)
    {
        WorkflowId.Check(id);
        return ObjectAddress.OfName(WorkflowCommand.ClassName, id);
    }

    private async Task<IReadOnlyList<WorkflowStatus>> DescribeAsync(List<string> ids, CancellationToken cancellation)
    {
        List<WorkflowStatus> all = [];
        foreach (string id in ids)
        {
            // One that was deleted meanwhile is not there any more.
            if (await FindAsync(id, withSteps: false, withPayloads: false, cancellation) is { } status)
            {
                all.Add(status);
            }
        }
        return all;
    }

    private async Task<bool> SendAsync(string id, WorkflowCommand command, CancellationToken cancellation)
    {
        command.Check();
        CallTurn turn = new(WorkflowCommand.Method, JsonSerializer.SerializeToUtf8Bytes(new[] { command }, ObjectJson.Options))
        {
            Caller = Caller.Runtime,
        };
        Answer answer = (await host.RunAsync(AddressOf(id), turn, cancellation)).OrThrow();
        return JsonSerializer.Deserialize<bool>(answer.Json.Span, ObjectJson.Options);
    }
}
