using System.Text.Json;
using DurableObjects.FunctionsEngine.Simulations;
using DurableObjects.Tests.Workflows;
using DurableObjects.Turns;
using DurableObjects.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Functions.Tests.Workflows;

/// <summary>The tests' workflows as orchestrations, on a simulation of the Azure host.</summary>
internal sealed class AzureWorkflowBed : IWorkflowBed, IWorkflowHost
{
    private readonly WorkflowClasses _classes;

    public AzureWorkflowBed(IEnumerable<Type>? workflows = null, int seed = 1)
    {
        IReadOnlyList<Type> all = [.. workflows ?? WorkflowBedExtensions.Workflows];
        _classes = new WorkflowClasses(all);
        Simulation = new Simulation(
            seed, [typeof(Shelf), typeof(Starter), typeof(DurableObjects.Breakers.CircuitBreaker)], services => services.AddSingleton(World),
            workflows: all);
        World.Clock = Simulation.Clock;
    }

    public Simulation Simulation { get; }

    public World World { get; } = new();

    public IWorkflowHost Workflows => this;

    public DateTimeOffset Now => Simulation.Clock.GetUtcNow();

    public bool HoldsAttempts
    {
        get => Simulation.HoldsActivities;
        set => Simulation.HoldsActivities = value;
    }

    public int WaitingAttempts => Simulation.WaitingActivities.Count;

    public WorkflowClasses Classes => _classes;

    private IWorkflowHost Host => Simulation.Workers[0].WorkflowHost;

    public Task SettleAsync() => Simulation.SettleAsync();

    public async Task AdvanceAsync(TimeSpan by)
    {
        await Simulation.AdvanceAsync(by);
        await Simulation.Workers[0].SweepWorkflowsAsync(Now - Limits.Retention);
    }

    public async Task RestartAsync()
    {
        foreach (SimulatedWorker worker in Simulation.Workers.ToList())
        {
            await Simulation.KillAsync(worker);
        }
    }

    public async Task<T?> CallAsync<T>(ObjectAddress address, string method, params IReadOnlyList<object?> arguments)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(arguments, ObjectJson.Options);
        Answer answer = (await Simulation.RunAsync(address, new CallTurn(method, json))).OrThrow();
        return answer.Json.IsEmpty ? default : JsonSerializer.Deserialize<T>(answer.Json.Span, ObjectJson.Options);
    }

    public async Task StartAsync(string name, string id, WorkflowCommand command, CancellationToken cancellation)
    {
        await Host.StartAsync(name, id, command, cancellation);
        await SettleAsync();
    }

    public async Task CommandAsync(string id, WorkflowCommand command, CancellationToken cancellation)
    {
        await Host.CommandAsync(id, command, cancellation);
        await SettleAsync();
    }

    public Task<WorkflowStatus?> FindAsync(string id, bool withSteps, CancellationToken cancellation) =>
        Host.FindAsync(id, withSteps, cancellation);

    public Task<WorkflowPage> ListAsync(WorkflowFilter filter, string? cursor, int limit, CancellationToken cancellation) =>
        Host.ListAsync(filter, cursor, limit, cancellation);

    public ValueTask DisposeAsync() => Simulation.DisposeAsync();
}
