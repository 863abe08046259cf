using DurableObjects.Functions.Alarms;
using DurableObjects.Functions.Objects;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Moq;

namespace DurableObjects.Functions.Tests.Alarms;

public sealed class AlarmOrchestrationTests
{
    private const string Key = "counter.0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly DateTime Now = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly Mock<TaskOrchestrationContext> _context = new();
    private readonly Mock<TaskOrchestrationEntityFeature> _entities = new();

    public AlarmOrchestrationTests()
    {
        _context.SetupGet(one => one.CurrentUtcDateTime).Returns(Now);
        _context.SetupGet(one => one.Entities).Returns(_entities.Object);
        _context.Setup(one => one.CreateTimer(It.IsAny<DateTime>(), It.IsAny<CancellationToken>())).Returns(Task.CompletedTask);
        _entities
            .Setup(one => one.CallEntityAsync(It.IsAny<EntityInstanceId>(), It.IsAny<string>(), It.IsAny<object>(), null))
            .Returns(Task.CompletedTask);
    }

    [Fact]
    public async Task It_waits_until_the_time_and_says_which_it_is()
    {
        await RunAsync(Now.AddMinutes(5));

        _context.Verify(one => one.CreateTimer(Now.AddMinutes(5), CancellationToken.None), Times.Once);
        VerifyCall(Times.Once());
    }

    [Fact]
    public async Task A_time_that_has_passed_is_not_waited_for()
    {
        await RunAsync(Now.AddMinutes(-5));

        _context.Verify(one => one.CreateTimer(It.IsAny<DateTime>(), It.IsAny<CancellationToken>()), Times.Never);
        VerifyCall(Times.Once());
    }

    [Theory]
    [InlineData(31)]
    [InlineData(365 * 500)]
    public async Task A_far_time_is_waited_for_in_runs_that_each_begin_with_no_history(int days)
    {
        AlarmRequest request = await RunAsync(Now.AddDays(days));

        _context.Verify(one => one.CreateTimer(Now + AlarmOrchestration.LongestWait, CancellationToken.None), Times.Once);
        _context.Verify(one => one.ContinueAsNew(request, false), Times.Once);
        VerifyCall(Times.Never());
    }

    [Fact]
    public async Task The_longest_wait_is_one_run()
    {
        await RunAsync(Now + AlarmOrchestration.LongestWait);

        _context.Verify(one => one.ContinueAsNew(It.IsAny<object>(), It.IsAny<bool>()), Times.Never);
        VerifyCall(Times.Once());
    }

    [Fact]
    public async Task Where_a_worker_died_with_the_operation_it_is_tried_again_after_a_growing_while()
    {
        TaskFailureDetails failure = TaskFailureDetails.FromException(new InvalidOperationException("the worker has died"));
        int calls = 0;
        _entities
            .Setup(one => one.CallEntityAsync(It.IsAny<EntityInstanceId>(), It.IsAny<string>(), It.IsAny<object>(), null))
            .Returns(() => ++calls <= 3
                ? Task.FromException(new EntityOperationFailedException(new EntityInstanceId(ObjectKeys.Entity, Key), "clock", failure))
                : Task.CompletedTask);

        await RunAsync(Now.AddMinutes(-5));

        Assert.Equal(4, calls);
        foreach (int seconds in (int[])[5, 10, 20])
        {
            _context.Verify(one => one.CreateTimer(Now.AddSeconds(seconds), CancellationToken.None), Times.Once);
        }
    }

    [Fact]
    public async Task Without_an_input_it_fails() =>
        await Assert.ThrowsAsync<ArgumentException>(() => AlarmOrchestration.WaitAsync(_context.Object));

    [Fact]
    public void The_same_request_has_the_same_id_and_another_another()
    {
        AlarmRequest request = new(Key, 1, 2, 3);
        Assert.Equal(AlarmOrchestration.InstanceIdOf(request), AlarmOrchestration.InstanceIdOf(request with { At = 4 }));
        Assert.NotEqual(AlarmOrchestration.InstanceIdOf(request), AlarmOrchestration.InstanceIdOf(request with { Number = 3 }));
        Assert.NotEqual(AlarmOrchestration.InstanceIdOf(request), AlarmOrchestration.InstanceIdOf(request with { Epoch = 2 }));
        Assert.DoesNotContain(AlarmOrchestration.InstanceIdOf(request), one => one is '/' or '\\' or '#' or '?' or '@');
    }

    private async Task<AlarmRequest> RunAsync(DateTime at)
    {
        AlarmRequest request = new(Key, Epoch: 7, Number: 3, new DateTimeOffset(at).ToUnixTimeMilliseconds());
        _context.Setup(one => one.GetInput<AlarmRequest>()).Returns(request);
        await AlarmOrchestration.WaitAsync(_context.Object);
        return request;
    }

    private void VerifyCall(Times times) => _entities.Verify(
        one => one.CallEntityAsync(new EntityInstanceId(ObjectKeys.Entity, Key), ObjectOperations.Clock, new ClockRequest(7, 3), null), times);
}
