using DurableObjects.DurableEngine;
using DurableObjects.Functions.Workflows;
using DurableObjects.Tests.Workflows;
using DurableObjects.Workflows;

namespace DurableObjects.Functions.Tests.Workflows;

/// <summary>What objects ask of workflows, where a workflow is an orchestration; and what workflows cost there.</summary>
public sealed class WorkflowCommandTests : IAsyncLifetime
{
    private static readonly ObjectAddress Starter = ObjectAddress.OfName("starter", "s");

    private readonly AzureWorkflowBed _bed = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task An_event_that_is_in_front_of_its_workflow_is_raised_when_that_is_there()
    {
        await _bed.CallAsync<object>(Starter, "raise", "w", "approved", "ann");
        await _bed.AdvanceAsync(TimeSpan.FromMinutes(2));
        await _bed.StartAsync<Approval>(600.0);
        await _bed.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("ann", await _bed.OutputAsync<string>());
        Assert.Equal(0, _bed.Simulation.StateOf(Starter)!.Summary.Outbox);
    }

    [Fact]
    public async Task An_event_for_nobody_is_given_up_and_holds_up_nothing()
    {
        await _bed.CallAsync<object>(Starter, "raise", "nobody", "approved", "ann");
        await _bed.CallAsync<object>(Starter, "start", "chain", "w", 1);
        Assert.Equal("a0!", await _bed.OutputAsync<string>());
        await _bed.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(0, _bed.Simulation.StateOf(Starter)!.Summary.Outbox);
        Assert.Null(_bed.Simulation.StateOf(Starter)!.Stuck);
        await _bed.StartAsync<Approval>(1.0, "nobody");
        await _bed.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal("too late", await _bed.OutputAsync<string>("nobody"));
    }

    [Fact]
    public async Task One_that_is_started_again_by_an_object_goes_on_and_takes_its_events()
    {
        await _bed.StartAsync<Approval>(600.0);
        await _bed.CallAsync<object>(Starter, "start", "chain", "w", 1);
        await _bed.CallAsync<object>(Starter, "raise", "w", "approved", "ben");
        Assert.Equal("ben", await _bed.OutputAsync<string>());
        Assert.Null(await _bed.CallAsync<string>(Starter, "told", "ended"));
    }

    [Fact]
    public async Task Who_waits_is_told_of_a_termination()
    {
        await _bed.CallAsync<object>(Starter, "start", "nap", "w", 600);
        await _bed.CommandAsync(WorkflowVerb.Terminate, "enough");
        Assert.Equal("w Terminated ", await _bed.CallAsync<string>(Starter, "told", "ended"));
    }

    /// <summary>The numbers of docs/azure.md.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Each_attempt_costs_an_activity_and_a_run(int steps)
    {
        await _bed.StartAsync<Chain>(steps);
        HubFigures figures = _bed.Simulation.Hub.FiguresOf(WorkflowInstance.Of("w"));
        Assert.Equal((steps, steps + 1, steps + 1), (figures.Activities, figures.Runs, figures.Checkpoints));
    }

    [Fact]
    public async Task Signals_that_are_sent_together_cost_one_activity()
    {
        await _bed.StartAsync<Signalling>("x");
        HubFigures figures = _bed.Simulation.Hub.FiguresOf(WorkflowInstance.Of("w"));
        Assert.Equal((1, 2), (figures.Activities, figures.Runs));
    }
}
