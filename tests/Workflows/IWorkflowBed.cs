using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Tests.Workflows;

/// <summary>A host with the tests' workflows and objects, on a clock that the test moves.</summary>
public interface IWorkflowBed : IAsyncDisposable
{
    /// <summary>What activities did.</summary>
    World World { get; }

    /// <summary>The workflows. What is asked for here has come to rest when its task ends.</summary>
    IWorkflowHost Workflows { get; }

    /// <summary>The time.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Whether attempts are not made.</summary>
    bool HoldsAttempts { get; set; }

    /// <summary>The attempts that wait to be made.</summary>
    int WaitingAttempts { get; }

    /// <summary>Does what is to be done now.</summary>
    Task SettleAsync();

    /// <summary>Moves the clock, doing what is to be done at each time.</summary>
    Task AdvanceAsync(TimeSpan by);

    /// <summary>Every process ends, and others begin.</summary>
    Task RestartAsync();

    /// <summary>Calls an object, and lets come to rest what follows from it.</summary>
    Task<T?> CallAsync<T>(ObjectAddress address, string method, params IReadOnlyList<object?> arguments);
}

/// <summary>What tests do with a bed.</summary>
public static class WorkflowBedExtensions
{
    /// <summary>The workflows and activities of the tests.</summary>
    public static IReadOnlyList<Type> Workflows { get; } =
    [
        typeof(Chain), typeof(SideBySide), typeof(Retrying), typeof(Nap), typeof(Approval), typeof(Buying), typeof(ParentOfChains),
        typeof(CountingDown), typeof(Signalling), typeof(Stray), typeof(AllOfIt), typeof(Do),
    ];

    /// <summary>Starts one.</summary>
    public static Task<string> StartAsync<TWorkflow>(this IWorkflowBed bed, object? input, string id = "w")
        where TWorkflow : Workflow => bed.Workflows.StartAsync<TWorkflow>(input, id);

    /// <summary>Asks something of one.</summary>
    public static Task CommandAsync(this IWorkflowBed bed, WorkflowVerb verb, string? reason = null) =>
        bed.Workflows.CommandAsync("w", new WorkflowCommand(verb) { Reason = reason }, CancellationToken.None);

    /// <summary>Where one stands.</summary>
    public static async Task<WorkflowStatus> StatusAsync(this IWorkflowBed bed, string id = "w") =>
        await bed.Workflows.FindAsync(id, withSteps: true, CancellationToken.None)
        ?? throw new InvalidOperationException($"There is no {id}.");

    /// <summary>The output of one that must have ended well.</summary>
    public static async Task<T?> OutputAsync<T>(this IWorkflowBed bed, string id = "w")
    {
        WorkflowStatus status = await bed.StatusAsync(id);
        Assert.True(status.State == WorkflowState.Completed, $"{status.State}: {status.Error}");
        return status.Output is { } output ? output.Deserialize<T>(ObjectJson.Options) : default;
    }
}
