using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Moq;

namespace AzureReference.Tests;

/// <summary>What tests of the host stand on: that the platform's types can be mocked as the real ones can.</summary>
public sealed class MockTests
{
    private static readonly EntityInstanceId Id = new("object", "key");

    [Fact]
    public void An_entity_operation_can_be_mocked()
    {
        Mock<TaskEntityOperation> operation = new();
        Mock<TaskEntityContext> context = new() { CallBase = true };
        Mock<TaskEntityState> state = new() { CallBase = true };
        context.SetupGet(it => it.Id).Returns(Id);
        state.Setup(it => it.GetState(typeof(string))).Returns("state");
        operation.SetupGet(it => it.Context).Returns(context.Object);
        operation.SetupGet(it => it.State).Returns(state.Object);
        operation.Setup(it => it.GetInput<int>()).Returns(7);
        SignalEntityOptions later = new() { SignalTime = DateTimeOffset.UnixEpoch };

        operation.Object.Context.SignalEntity(Id, "drain", later);

        context.Verify(it => it.SignalEntity(Id, "drain", null, later));
        Assert.Equal("state", operation.Object.State.GetState<string>());
        Assert.Equal(7, operation.Object.GetInput<int>());
    }

    [Fact]
    public async Task A_client_can_be_mocked()
    {
        Mock<DurableTaskClient> client = new("hub");
        Mock<DurableEntityClient> entities = new("hub") { CallBase = true };
        client.SetupGet(it => it.Entities).Returns(entities.Object);
        entities.Setup(it => it.GetEntityAsync<string>(Id, true, CancellationToken.None))
            .ReturnsAsync(new EntityMetadata<string>(Id, "state"));
        entities.Setup(it => it.GetAllEntitiesAsync(null)).Returns(Pageable.Create<EntityMetadata>(
            (token, _) => Task.FromResult(new Page<EntityMetadata>([new EntityMetadata(Id)], token is null ? "second" : null))));

        EntityMetadata<string>? read = await client.Object.Entities.GetEntityAsync<string>(Id, CancellationToken.None);
        List<EntityMetadata> all = [];
        await foreach (EntityMetadata one in client.Object.Entities.GetAllEntitiesAsync())
        {
            all.Add(one);
        }

        Assert.Equal("state", read?.State);
        Assert.Equal(2, all.Count);
    }

    [Fact]
    public async Task An_orchestration_can_be_mocked()
    {
        Mock<TaskOrchestrationContext> orchestration = new() { CallBase = true };
        Mock<TaskOrchestrationEntityFeature> entities = new() { CallBase = true };
        DateTime now = DateTime.UnixEpoch;
        orchestration.SetupGet(it => it.CurrentUtcDateTime).Returns(now);
        orchestration.SetupGet(it => it.Entities).Returns(entities.Object);
        orchestration.Setup(it => it.CreateTimer(now.AddHours(1), CancellationToken.None)).Returns(Task.CompletedTask);
        entities.Setup(it => it.CallEntityAsync<int>(Id, "run", null, null)).ReturnsAsync(3);

        await orchestration.Object.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);

        Assert.Equal(3, await orchestration.Object.Entities.CallEntityAsync<int>(Id, "run", options: null));
        orchestration.Verify(it => it.CreateTimer(now.AddHours(1), CancellationToken.None), Times.Once);
    }

    [Fact]
    public void What_is_only_a_signature_says_so()
    {
        Mock<TaskOrchestrationContext> orchestration = new() { CallBase = true };

        NotSupportedException refused = Assert.Throws<NotSupportedException>(() => orchestration.Object.CompareVersionTo("2"));

        Assert.Contains("AzureSdk=reference", refused.Message, StringComparison.Ordinal);
    }
}
