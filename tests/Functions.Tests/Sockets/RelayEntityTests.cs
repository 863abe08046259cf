using System.Buffers.Text;
using System.Text.Json;
using DurableObjects.Functions.Sockets;
using DurableObjects.Harness;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace DurableObjects.Functions.Tests.Sockets;

public sealed class RelayEntityTests
{
    private static readonly EntityInstanceId Id = new("relay", "room.0011");

    private readonly FakeClock _clock = new();
    private readonly RecordedSignalR _service = new();
    private readonly List<(string Operation, DateTimeOffset? At)> _signals = [];
    private RelayState? _state;

    [Fact]
    public async Task It_sends_what_a_batch_holds_once_and_keeps_how_far_it_is()
    {
        await RunAsync("send", Batch(1, new RelayJoin("a")));
        await RunAsync("Send", Batch(1, new RelayJoin("a")));
        await RunAsync("send", Batch(2, new RelayClose("a", "bye")));

        Assert.Equal(["join room.0011 a", "close a: bye"], _service.Take());
        Assert.Equal(new RelayState { Epoch = 5, LastSequence = 2 }, _state);
        Assert.Empty(_signals);
    }

    [Fact]
    public async Task What_it_was_told_survives_the_way_through_JSON()
    {
        RelayBatch batch = new(long.MaxValue, [new RelayEntry(1, "AQA", null), new RelayEntry(2, null, "p")]);
        RelayState state = new() { Epoch = 3, LastSequence = 4, Unclosed = [new UnclosedSocket("a", "r", 5)], RetryAt = 6 };

        RelayBatch read = JsonSerializer.Deserialize<RelayBatch>(JsonSerializer.Serialize(batch))!;
        RelayState readState = JsonSerializer.Deserialize<RelayState>(JsonSerializer.Serialize(state))!;

        Assert.Equal((batch.Epoch, batch.Entries[0], batch.Entries[1]), (read.Epoch, read.Entries[0], read.Entries[1]));
        Assert.Equal((3, 4, 6), (readState.Epoch, readState.LastSequence, readState.RetryAt));
        Assert.Equal(state.Unclosed, readState.Unclosed);
        Assert.Equal("""{"epoch":3,"last":4}""", JsonSerializer.Serialize(new RelayState { Epoch = 3, LastSequence = 4 }));
    }

    [Fact]
    public async Task An_unclosed_connection_is_tried_again_after_a_minute_with_one_retry_outstanding()
    {
        _service.Fails = line => line.StartsWith("close", StringComparison.Ordinal);

        await RunAsync("send", Batch(1, new RelayClose("a", "out")));
        await RunAsync("send", Batch(2, new RelayJoin("b")));

        DateTimeOffset first = _clock.GetUtcNow().AddMinutes(1);
        Assert.Equal([("retry", first)], _signals);
        _service.Take();

        _clock.Advance(TimeSpan.FromMinutes(1));
        await RunAsync("retry");
        Assert.Equal(["close a: out"], _service.Take());
        Assert.Equal([("retry", first), ("retry", first.AddMinutes(1))], _signals);

        // Delivered twice: the second finds that the next is on its way.
        await RunAsync("retry");
        Assert.Empty(_service.Take());
        Assert.Equal(2, _signals.Count);

        _service.Fails = _ => false;
        _clock.Advance(TimeSpan.FromMinutes(1));
        await RunAsync("retry");
        Assert.Equal(["close a: out"], _service.Take());
        Assert.Equal(2, _signals.Count);
        Assert.Equal(new RelayState { Epoch = 5, LastSequence = 2 }, _state);
    }

    [Fact]
    public async Task A_retry_that_comes_a_little_early_counts()
    {
        _service.Fails = line => line.StartsWith("close", StringComparison.Ordinal);
        await RunAsync("send", Batch(1, new RelayClose("a", "out")));
        _service.Take();

        _clock.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromMilliseconds(100));
        await RunAsync("retry");

        Assert.Equal(["close a: out"], _service.Take());
        Assert.Equal(2, _signals.Count);
    }

    [Fact]
    public async Task A_retry_that_was_lost_is_asked_for_again()
    {
        _service.Fails = line => line.StartsWith("close", StringComparison.Ordinal);
        await RunAsync("send", Batch(1, new RelayClose("a", "out")));

        _clock.Advance(TimeSpan.FromMinutes(5));
        await RunAsync("send", Batch(2, new RelayJoin("b")));

        Assert.Equal(2, _signals.Count);
    }

    [Fact]
    public async Task Any_other_operation_fails()
    {
        await Assert.ThrowsAsync<NotSupportedException>(() => RunAsync("delete"));
        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync("send"));
        Assert.Null(_state);
    }

    private static RelayBatch Batch(long sequence, params RelayEffect[] effects) =>
        new(5, [new RelayEntry(sequence, Base64Url.EncodeToString(SocketEffectCodec.Encode(effects)), null)]);

    private async Task RunAsync(string name, RelayBatch? input = null)
    {
        Mock<TaskEntityState> state = new();
        state.Setup(one => one.GetState<RelayState>(null)).Returns(_state);
        state.Setup(one => one.SetState(It.IsAny<object?>())).Callback((object? after) => _state = (RelayState?)after);
        Mock<TaskEntityContext> context = new();
        context.Setup(one => one.Id).Returns(Id);
        context.Setup(one => one.SignalEntity(Id, It.IsAny<string>(), null, It.IsAny<SignalEntityOptions>()))
            .Callback((EntityInstanceId _, string operation, object? _, SignalEntityOptions? options) =>
                _signals.Add((operation, options?.SignalTime)));
        Mock<TaskEntityOperation> operation = new();
        operation.Setup(one => one.Name).Returns(name);
        operation.Setup(one => one.State).Returns(state.Object);
        operation.Setup(one => one.Context).Returns(context.Object);
        operation.Setup(one => one.GetInput<RelayBatch>()).Returns(input);
        Relay relay = new(_service, (_, _) => throw new InvalidOperationException(), _clock, NullLogger<Relay>.Instance);
        await new RelayEntity(relay).RunAsync(operation.Object);
    }
}
