using DurableObjects.Harness;
using DurableObjects.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Tests.Workflows;

/// <summary>A host with the test's workflows, on a clock that the test moves.</summary>
internal sealed class WorkflowBed : IAsyncDisposable
{
    public static readonly Type[] Workflows =
    [
        typeof(Chain), typeof(SideBySide), typeof(Retrying), typeof(Nap), typeof(Approval), typeof(Buying), typeof(ParentOfChains),
        typeof(CountingDown), typeof(Signalling), typeof(Stray), typeof(AllOfIt), typeof(Do),
    ];

    public WorkflowBed(World? world = null, IEnumerable<Type>? workflows = null)
    {
        World = world ?? new World();
        Host = new TestHost(
            [typeof(Shelf), typeof(Starter), typeof(DurableObjects.Breakers.CircuitBreaker)], services => services.AddSingleton(World),
            workflows: workflows ?? Workflows);
        World.Clock = Host.Clock;
    }

    public World World { get; }

    public TestHost Host { get; }

    public Task<string> StartAsync<TWorkflow>(object? input, string id = "w")
        where TWorkflow : Workflow => Host.Workflows.StartAsync<TWorkflow>(input, id);

    public async Task<WorkflowStatus> StatusAsync(string id = "w") =>
        await Host.Workflows.FindAsync(id, withSteps: true, CancellationToken.None) ?? throw new InvalidOperationException($"There is no {id}.");

    /// <summary>The output, of a workflow that must have ended well.</summary>
    public async Task<T?> OutputAsync<T>(string id = "w")
    {
        WorkflowStatus status = await StatusAsync(id);
        Assert.True(status.State == WorkflowState.Completed, $"{status.State}: {status.Error}");
        return WorkflowJson.Read<T>(status.Output, "The output");
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
