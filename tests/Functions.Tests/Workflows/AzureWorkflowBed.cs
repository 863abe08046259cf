using System.Text.Json;
using DurableObjects.FunctionsEngine.Simulations;
using DurableObjects.Tests.Workflows;
using DurableObjects.Turns;
using DurableObjects.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Functions.Tests.Workflows;

/// <summary>The tests' workflows as orchestrations, on a simulation of the Azure host.</summary>
internal sealed class AzureWorkflowBed : IWorkflowBed
{
    public AzureWorkflowBed(IEnumerable<Type>? workflows = null, int seed = 1)
    {
        IReadOnlyList<Type> all = [.. workflows ?? WorkflowBedExtensions.Workflows];
        Workflows = new SettlingHost(this);
        Simulation = new Simulation(
            seed, [typeof(Shelf), typeof(Starter), typeof(DurableObjects.Breakers.CircuitBreaker)],
            services => services.AddSingleton(World), workflows: all);
        World.Clock = Simulation.Clock;
    }

    public Simulation Simulation { get; }

    public World World { get; } = new();

    public IWorkflowHost Workflows { get; }

    public DateTimeOffset Now => Simulation.Clock.GetUtcNow();

    public bool HoldsAttempts
    {
        get => Simulation.HoldsActivities;
        set => Simulation.HoldsActivities = value;
    }

    public int WaitingAttempts => Simulation.WaitingActivities.Count;

    /// <summary>Whether what is asked for is left alone when it is asked for, for a test that does the steps itself.</summary>
    public bool IsLeftAlone { get; set; }

    public Task SettleAsync() => Simulation.SettleAsync();

    /// <summary>Does the sweep's part of workflows.</summary>
    public async Task SweepAsync()
    {
        Task sweep = Simulation.Workers[0].SweepWorkflowsAsync(Now - Limits.Retention);
        do
        {
            // Parts of it run beside this.
            await Task.Yield();
            await SettleAsync();
        }
        while (!sweep.IsCompleted);
        await sweep;
        // It may have sent something after the last look and ended before the question.
        await SettleAsync();
    }

    public async Task AdvanceAsync(TimeSpan by)
    {
        await Simulation.AdvanceAsync(by);
        await SweepAsync();
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

    public ValueTask DisposeAsync() => Simulation.DisposeAsync();

    /// <summary>Lets come to rest what is asked for.</summary>
    private sealed class SettlingHost(AzureWorkflowBed bed) : IWorkflowHost
    {
        public WorkflowClasses Classes => Host.Classes;

        private IWorkflowHost Host => bed.Simulation.Workers[0].WorkflowHost;

        public async Task StartAsync(string name, string id, WorkflowCommand command, CancellationToken cancellation)
        {
            await Host.StartAsync(name, id, command, cancellation);
            await (bed.IsLeftAlone ? Task.CompletedTask : bed.SettleAsync());
        }

        public async Task CommandAsync(string id, WorkflowCommand command, CancellationToken cancellation)
        {
            await Host.CommandAsync(id, command, cancellation);
            await (bed.IsLeftAlone ? Task.CompletedTask : bed.SettleAsync());
        }

        public Task<WorkflowStatus?> FindAsync(string id, bool withSteps, CancellationToken cancellation) =>
            Host.FindAsync(id, withSteps, cancellation);

        public Task<WorkflowPage> ListAsync(WorkflowFilter filter, string? cursor, int limit, CancellationToken cancellation) =>
            Host.ListAsync(filter, cursor, limit, cancellation);
    }
}
