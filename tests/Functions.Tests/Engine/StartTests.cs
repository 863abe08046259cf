using DurableObjects.DurableEngine;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Tests.Engine;

/// <summary>What a client's start does when there is an instance with the id.</summary>
public sealed class StartTests
{
    private readonly EngineRun _run = new();

    public StartTests()
    {
        _run.Orchestrators["waits"] = async context => await context.WaitForExternalEvent<string>("end");
        _run.Orchestrators["ends"] = context => Task.FromResult<object?>(context.GetInput<int>());
        _run.Orchestrators["fails"] = _ => throw new InvalidOperationException("no");
    }

    [Fact]
    public async Task One_that_is_pending_running_or_suspended_refuses_it()
    {
        await _run.StartAsync("waits");
        await RefusesAsync("waits");
        _run.Settle();
        await RefusesAsync("waits");
        await _run.Client.SuspendInstanceAsync("waits");
        _run.Settle();
        await RefusesAsync("waits");
    }

    [Theory]
    [InlineData("ends", OrchestrationRuntimeStatus.Completed)]
    [InlineData("fails", OrchestrationRuntimeStatus.Failed)]
    public async Task One_that_has_ended_gives_way_to_it(string name, OrchestrationRuntimeStatus status)
    {
        await _run.StartAsync(name, 1);
        _run.Settle();
        Assert.Equal(status, (await _run.FindAsync(name)).RuntimeStatus);

        await _run.StartAsync(name, 2);
        OrchestrationMetadata begun = await _run.FindAsync(name);
        _run.Settle();

        Assert.Equal((OrchestrationRuntimeStatus.Pending, "2", null), (begun.RuntimeStatus, begun.SerializedInput, begun.SerializedOutput));
        Assert.Equal(status, (await _run.FindAsync(name)).RuntimeStatus);
    }

    [Fact]
    public async Task One_that_has_ended_refuses_it_if_the_start_says_so()
    {
        await _run.StartAsync("ends", 1);
        _run.Settle();

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => _run.StartAsync(
            "ends", 2, new StartOrchestrationOptions().WithDedupeStatuses(OrchestrationRuntimeStatus.Completed)));
        await _run.StartAsync("ends", 3, new StartOrchestrationOptions().WithDedupeStatuses(OrchestrationRuntimeStatus.Failed));

        Assert.Equal("3", (await _run.FindAsync("ends")).SerializedInput);
    }

    [Fact]
    public async Task A_start_that_allows_running_ones_is_refused_all_the_same()
    {
        await _run.StartAsync("waits");
        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(
            () => _run.StartAsync("waits", null, new StartOrchestrationOptions().WithDedupeStatuses()));
    }

    [Fact]
    public async Task A_start_that_is_delivered_twice_begins_once()
    {
        await _run.StartAsync("waits");
        HubMessage start = Assert.Single(_run.Hub.Deliverable());
        _run.Hub.Deliver(start, again: true);
        _run.Settle();
        await _run.Client.RaiseEventAsync("waits", "end", "first");
        _run.Settle();

        Assert.Equal("first", (await _run.FindAsync("waits")).ReadOutputAs<string>());
        Assert.Equal(2, _run.Hub.FiguresOf("waits").Checkpoints);
    }

    [Fact]
    public async Task A_start_with_a_time_waits_for_it_as_pending()
    {
        await _run.StartAsync("ends", 1, new StartOrchestrationOptions(StartAt: _run.Clock.GetUtcNow().AddHours(1)));
        _run.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await _run.FindAsync("ends")).RuntimeStatus);
        _run.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await _run.FindAsync("ends")).RuntimeStatus);
    }

    [Fact]
    public async Task An_entitys_id_is_no_orchestrations()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _run.StartAsync("@object@key"));
    }

    private async Task RefusesAsync(string id) =>
        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => _run.StartAsync(id));
}
