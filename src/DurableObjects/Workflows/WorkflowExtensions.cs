
namespace DurableObjects.Workflows;

/// <summary>Workflows from an application's own code.</summary>
public static class WorkflowExtensions
{
    /// <summary>How long until a workflow that is waited for is looked at again: from here …</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(20);

    /// <summary>… twice as long each time, to here.</summary>
    private static readonly TimeSpan LastLook = TimeSpan.FromSeconds(1);

    /// <summary>Starts a workflow.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="DurableObjectException">As <see cref="IWorkflowHost.StartAsync"/> says.</exception>
    public static async Task<string> StartAsync<TWorkflow>(
        this IWorkflowHost host, object? input, string? id = null, CancellationToken cancellation = default)
        where TWorkflow : Workflow
    {
        ArgumentNullException.ThrowIfNull(host);
        string name = host.Classes.NameOf<TWorkflow>();
        id ??= WorkflowId.New(TimeProvider.System);
        await host.StartAsync(
            name, id, new WorkflowCommand(WorkflowVerb.Start) { Payload = WorkflowJson.Of(input, $"The input of '{name}'") }, cancellation);
        return id;
    }

    /// <summary>Raises an event for a workflow.</summary>
    /// <exception cref="DurableObjectException">As <see cref="IWorkflowHost.CommandAsync"/> says.</exception>
    public static Task RaiseAsync(
        this IWorkflowHost host, string id, string name, object? payload = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        WorkflowCommand command = new(WorkflowVerb.Raise) { Name = name, Payload = WorkflowJson.Of(payload, $"The event '{name}'") };
        return host.CommandAsync(id, command, cancellation);
    }

    /// <summary>Waits until a workflow has ended, and gives its output.</summary>
    /// <exception cref="DurableObjectException">
    /// There is none of that id (404), or it failed or was terminated: with its error's code.
    /// </exception>
    public static async Task<TOutput?> ResultAsync<TOutput>(
        this IWorkflowHost host, string id, TimeProvider? clock = null, CancellationToken cancellation = default)
    {
        WorkflowStatus status = await host.EndAsync(id, Timeout.InfiniteTimeSpan, clock ?? TimeProvider.System, cancellation);
        return status.Error is { } error
            ? throw new DurableObjectException(500, error.Code, error.Message)
            : WorkflowJson.Read<TOutput>(status.Output, $"The output of '{id}'");
    }

    /// <summary>Waits until a workflow has ended, or for a time, and says where it stands then; without steps.</summary>
    /// <exception cref="DurableObjectException">There is none of that id (404).</exception>
    public static async Task<WorkflowStatus> EndAsync(
        this IWorkflowHost host, string id, TimeSpan atMost, TimeProvider clock, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(clock);
        long started = clock.GetTimestamp();
        for (TimeSpan look = FirstLook; ; look = look * 2 < LastLook ? look * 2 : LastLook)
        {
            WorkflowStatus status = await host.FindAsync(id, withSteps: false, cancellation) ?? throw Unknown(id);
            TimeSpan left = atMost == Timeout.InfiniteTimeSpan ? look : atMost - clock.GetElapsedTime(started);
            if (status.HasEnded || left <= TimeSpan.Zero)
            {
                return status;
            }
            await Task.Delay(look < left ? look : left, clock, cancellation);
        }
    }

    /// <summary>The error of an id that no workflow has (404).</summary>
    public static DurableObjectException Unknown(string id) =>
        new(404, ErrorCodes.UnknownWorkflow, $"There is no workflow '{LogText.Of(id)}'.");
}
