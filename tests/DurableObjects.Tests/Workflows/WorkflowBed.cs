using DurableObjects.Harness;
using DurableObjects.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Tests.Workflows;

/// <summary>The tests' workflows as objects.</summary>
internal sealed class WorkflowBed : IWorkflowBed
{
    public WorkflowBed(World? world = null, IEnumerable<Type>? workflows = null)
    {
        World = world ?? new World();
        Host = new TestHost(
            [typeof(Shelf), typeof(Starter), typeof(DurableObjects.Breakers.CircuitBreaker)], services => services.AddSingleton(World),
            workflows: workflows ?? WorkflowBedExtensions.Workflows);
        World.Clock = Host.Clock;
    }

    public World World { get; }

    public TestHost Host { get; }

    public IWorkflowHost Workflows => Host.Workflows;

    public DateTimeOffset Now => Host.Clock.GetUtcNow();

    public bool HoldsAttempts
    {
        get => !Host.DeliversAutomatically;
        set => Host.DeliversAutomatically = !value;
    }

    public int WaitingAttempts => Host.WaitingSignals.Count(ActivityPort.Takes);

    public async Task SettleAsync()
    {
        await Host.DeliverAsync();
        await Host.TickAsync();
    }

    public Task AdvanceAsync(TimeSpan by) => Host.AdvanceAsync(by);

    public Task RestartAsync() => Host.HibernateAllAsync();

    public Task<T?> CallAsync<T>(ObjectAddress address, string method, params IReadOnlyList<object?> arguments) =>
        Host.CallAsync<T>(address, method, arguments);

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
