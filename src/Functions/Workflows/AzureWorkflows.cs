using DurableObjects.Workflows;
using Grpc.Core;

namespace DurableObjects.Functions.Workflows;

/// <summary>The workflows as triggers see them.</summary>
/// <param name="classes">The workflows and activities.</param>
/// <param name="client">Does it.</param>
internal sealed class AzureWorkflows(WorkflowClasses classes, WorkflowClient client) : IWorkflowHost
{
    /// <summary>How often is looked whether a workflow has begun that is being started: for some ten seconds.</summary>
    private const int MostLooks = 12;

    /// <inheritdoc/>
    public WorkflowClasses Classes => classes;

    /// <inheritdoc/>
    public Task StartAsync(string name, string id, WorkflowCommand command, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(command);
        classes.CheckWorkflow(name);
        WorkflowId.Check(id);
        WorkflowCommand start = command with { Name = name };
        start.Check();
        return ReachAsync(async () => await client.StartAsync(id, client.StartOf(start), cancellation)
            ? true
            : throw new DurableObjectException(409, ErrorCodes.WorkflowExists, $"There is a workflow '{id}' already."));
    }

    /// <inheritdoc/>
    public Task CommandAsync(string id, WorkflowCommand command, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(command);
        WorkflowId.Check(id);
        command.Check();
        WorkflowEvent one = new() { Command = command, Id = client.NewId() };
        return ReachAsync(async () => await SendAsync(id, one, cancellation) switch
        {
            Receipt.Sent => true,
            Receipt.Unknown => throw WorkflowExtensions.Unknown(id),
            Receipt.Early => throw new DurableObjectException(503, ErrorCodes.Unavailable, $"The workflow '{id}' has not begun yet.")
            {
                Retryable = true,
            },
            _ => throw new DurableObjectException(409, ErrorCodes.WorkflowEnded, $"The workflow '{id}' has ended."),
        });
    }

    /// <inheritdoc/>
    public Task<WorkflowStatus?> FindAsync(string id, bool withSteps, CancellationToken cancellation)
    {
        WorkflowId.Check(id);
        return ReachAsync(() => client.FindAsync(id, withSteps, cancellation));
    }

    /// <inheritdoc/>
    public Task<WorkflowPage> ListAsync(WorkflowFilter filter, string? cursor, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return ReachAsync(() => client.ListAsync(filter, cursor, limit, cancellation));
    }

    private async Task<Receipt> SendAsync(string id, WorkflowEvent one, CancellationToken cancellation)
    {
        for (int look = 0; ; look++)
        {
            Receipt receipt = await client.SendAsync(id, one, cancellation);
            if (receipt != Receipt.Early || look == MostLooks)
            {
                return receipt;
            }
            await client.DelayAsync(look, cancellation);
        }
    }

    private static async Task<T> ReachAsync<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (RpcException error) when (error.StatusCode != StatusCode.Cancelled)
        {
            throw new DurableObjectException(
                503, ErrorCodes.Unavailable, $"The task hub cannot be reached: {error.Message}", error)
            { Retryable = true };
        }
    }
}
