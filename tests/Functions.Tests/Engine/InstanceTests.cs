using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Tests.Engine;

/// <summary>What a client sees of orchestrations, and how it deletes them.</summary>
public sealed class InstanceTests
{
    private readonly EngineRun _run = new();

    public InstanceTests()
    {
        _run.Orchestrators["ends"] = context =>
        {
            context.SetCustomStatus("nearly");
            return Task.FromResult<object?>(context.GetInput<int>() + 1);
        };
        _run.Orchestrators["fails"] = _ => throw new InvalidOperationException("no");
        _run.Orchestrators["waits"] = async context => await context.WaitForExternalEvent<string>("end");
        _run.Orchestrators["calls"] = async context =>
            await context.CallSubOrchestratorAsync<string>("waits", new SubOrchestrationOptions(instanceId: "waits-sub"));
    }

    [Fact]
    public async Task An_instance_shows_its_texts_only_if_they_are_asked_for()
    {
        DateTimeOffset start = _run.Clock.GetUtcNow();
        await _run.StartAsync("ends", 1);
        _run.Advance(TimeSpan.FromSeconds(1));

        OrchestrationMetadata full = await _run.FindAsync("ends");
        OrchestrationMetadata bare = (await _run.Client.GetInstanceAsync("ends"))!;

        Assert.Equal(("1", "2", "\"nearly\""), (full.SerializedInput, full.SerializedOutput, full.SerializedCustomStatus));
        Assert.Equal((start, start.AddSeconds(1)), (full.CreatedAt, full.LastUpdatedAt));
        Assert.Equal((null, null, null), (bare.SerializedInput, bare.SerializedOutput, bare.SerializedCustomStatus));
        Assert.Throws<InvalidOperationException>(() => bare.ReadOutputAs<int>());
        Assert.Null(await _run.Client.GetInstanceAsync("nobody"));
    }

    [Fact]
    public async Task A_failure_reaches_the_client_as_an_output_that_is_not_JSON_and_without_details()
    {
        await _run.StartAsync("fails");
        _run.Settle();

        OrchestrationMetadata found = await _run.FindAsync("fails");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, found.RuntimeStatus);
        Assert.Equal("System.InvalidOperationException: no", found.SerializedOutput);
        Assert.Null(found.FailureDetails);
    }

    [Fact]
    public async Task A_custom_status_that_was_not_set_is_the_text_null_once_the_orchestration_has_begun()
    {
        await _run.StartAsync("waits");
        Assert.Null((await _run.FindAsync("waits")).SerializedCustomStatus);
        _run.Settle();
        Assert.Equal("null", (await _run.FindAsync("waits")).SerializedCustomStatus);
    }

    [Fact]
    public async Task An_orchestration_that_another_one_starts_is_not_seen_before_its_first_checkpoint()
    {
        await _run.StartAsync("calls");
        _run.Deliver();
        _run.RunOrchestration("calls");
        Assert.Null(await _run.Client.GetInstanceAsync("waits-sub"));
        _run.Settle();
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await _run.FindAsync("waits-sub")).RuntimeStatus);
    }

    [Fact]
    public async Task A_query_finds_by_prefix_status_and_time_in_pages_of_its_size()
    {
        foreach (string id in new[] { "ends-b", "ends-a", "ends-c", "fails-a", "waits-a" })
        {
            await _run.StartAsync(id, 1);
            _run.Settle();
            _run.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        DateTimeOffset end = _run.Clock.GetUtcNow();

        Assert.Equal(["ends-a", "ends-b", "ends-c"], await IdsAsync(new OrchestrationQuery(InstanceIdPrefix: "ends")));
        Assert.Equal(
            ["fails-a", "waits-a"],
            await IdsAsync(new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Running])));
        Assert.Equal(
            ["ends-c", "fails-a"],
            await IdsAsync(new OrchestrationQuery(CreatedFrom: end.AddMinutes(-3), CreatedTo: end.AddMinutes(-2))));
        List<int> sizes = [];
        await foreach (Page<OrchestrationMetadata> page in _run.Client.GetAllInstancesAsync(new OrchestrationQuery(PageSize: 2)).AsPages())
        {
            sizes.Add(page.Values.Count);
        }
        Assert.Equal([2, 2, 1], sizes);
    }

    [Fact]
    public async Task A_query_that_does_not_ask_for_texts_leaves_out_the_input_alone()
    {
        await _run.StartAsync("ends", 1);
        _run.Settle();

        await foreach (OrchestrationMetadata found in _run.Client.GetAllInstancesAsync())
        {
            Assert.Equal((null, "2"), (found.SerializedInput, found.SerializedOutput));
        }
    }

    [Fact]
    public async Task Only_one_that_has_ended_can_be_purged_by_its_id()
    {
        await _run.StartAsync("ends", 1);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _run.Client.PurgeInstanceAsync("ends"));
        _run.Settle();

        Assert.Equal(1, (await _run.Client.PurgeInstanceAsync("ends")).PurgedInstanceCount);
        Assert.Equal(0, (await _run.Client.PurgeInstanceAsync("ends")).PurgedInstanceCount);
        Assert.Null(await _run.Client.GetInstanceAsync("ends"));
        await Assert.ThrowsAsync<ArgumentException>(() => _run.Client.GetOrchestrationHistoryAsync("ends"));
    }

    [Fact]
    public async Task A_purge_by_a_filter_without_a_final_status_takes_running_ones_too()
    {
        await _run.StartAsync("ends", 1);
        await _run.StartAsync("waits");
        _run.Settle();

        PurgeInstancesFilter completed = new(Statuses: [OrchestrationRuntimeStatus.Completed]);
        PurgeInstancesFilter running = new(Statuses: [OrchestrationRuntimeStatus.Running]);

        Assert.Equal(1, (await _run.Client.PurgeAllInstancesAsync(completed)).PurgedInstanceCount);
        Assert.NotNull(await _run.Client.GetInstanceAsync("waits"));
        Assert.Equal(1, (await _run.Client.PurgeAllInstancesAsync(running)).PurgedInstanceCount);
        Assert.Null(await _run.Client.GetInstanceAsync("waits"));
    }

    private async Task<IReadOnlyList<string>> IdsAsync(OrchestrationQuery query)
    {
        List<string> ids = [];
        await foreach (OrchestrationMetadata found in _run.Client.GetAllInstancesAsync(query))
        {
            ids.Add(found.InstanceId);
        }
        return ids;
    }
}
