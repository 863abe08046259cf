using System.Collections.Concurrent;
using DurableObjects.Embedded.Signals;
using DurableObjects.Harness;
using DurableObjects.Turns;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Embedded.Tests.Signals;

public sealed class SignalDispatcherTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly ConcurrentQueue<Signal> _delivered = new();
    private readonly ConcurrentQueue<long> _acknowledged = new();
    private readonly SignalDispatcher _dispatcher;
    private Func<Signal, Task> _deliver = _ => Task.CompletedTask;
    private Func<Task> _acknowledge = () => Task.CompletedTask;

    public SignalDispatcherTests() => _dispatcher = new SignalDispatcher(
        _clock,
        async signal =>
        {
            await _deliver(signal);
            _delivered.Enqueue(signal);
        },
        async (sender, receipts) =>
        {
            await _acknowledge();
            foreach (SignalReceipt receipt in receipts)
            {
                _acknowledged.Enqueue(receipt.Sequence);
            }
        },
        NullLogger.Instance);

    public void Dispose() => _dispatcher.Dispose();

    [Fact]
    public async Task Signals_arrive_in_order_and_are_acknowledged()
    {
        _deliver = async _ => await Task.Yield();
        for (int i = 1; i <= 500; i++)
        {
            _dispatcher.Send([Signal("a", "b", i)]);
        }
        await TestBed.UntilAsync(() => _acknowledged.Count == 500);

        Assert.Equal(Enumerable.Range(1, 500).Select(i => (long)i), _acknowledged);
        Assert.Equal(Enumerable.Range(1, 500).Select(i => (long)i), _delivered.Select(signal => signal.Sequence).Order());
    }

    [Fact]
    public async Task At_most_64_of_a_stream_are_under_way_and_handed_over_in_order()
    {
        ConcurrentQueue<long> handed = new();
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _deliver = signal =>
        {
            handed.Enqueue(signal.Sequence);
            return gate.Task;
        };
        _dispatcher.Send([Signal("a", "b", 1)]);
        _dispatcher.Send([.. Enumerable.Range(2, 100).Select(i => Signal("a", "b", i))]);
        Assert.Single(handed);

        gate.SetResult();
        await TestBed.UntilAsync(() => _acknowledged.Count == 101);

        Assert.Equal(Enumerable.Range(1, 101).Select(i => (long)i), handed);
    }

    [Fact]
    public async Task A_signal_that_does_not_arrive_is_sent_again_ever_later_with_all_that_come_after_it()
    {
        int failures = 9;
        List<TimeSpan> attempts = [];
        _deliver = signal =>
        {
            if (signal.Sequence != 2)
            {
                return failures > 0 && signal.Sequence > 2 ? throw new IOException("too early") : Task.CompletedTask;
            }
            attempts.Add(_clock.GetUtcNow() - FakeClock.DefaultStart);
            return failures-- > 0 ? throw new IOException("full") : Task.CompletedTask;
        };

        _dispatcher.Send([Signal("a", "b", 1), Signal("a", "b", 2), Signal("a", "b", 3)]);
        await TestBed.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            return _acknowledged.Count == 3;
        });

        Assert.Equal([1, 2, 3], _acknowledged);
        Assert.Equal(10, attempts.Count);
        List<TimeSpan> waits = [.. attempts.Zip(attempts.Skip(1), (first, second) => second - first)];
        double[] least = [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000];
        Assert.All(waits.Zip(least), pair => Assert.True(pair.First >= TimeSpan.FromMilliseconds(pair.Second)));
    }

    [Fact]
    public async Task A_receiver_that_cannot_be_reached_holds_up_no_other()
    {
        _deliver = signal => signal.Receiver.Name == "down" ? throw new IOException("down") : Task.CompletedTask;

        _dispatcher.Send([Signal("a", "down", 1), Signal("a", "up", 2)]);
        await TestBed.UntilAsync(() => _acknowledged.Count == 1);

        Assert.Equal([2], _acknowledged);
    }

    [Fact]
    public async Task Each_carries_the_oldest_that_its_sender_still_holds_of_its_epoch()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _deliver = _ => gate.Task;
        _dispatcher.Send([Signal("a", "b", 7)]);
        _dispatcher.Send([
            Signal("a", "b", 8), Signal("a", "b", 9), Signal("a", "b", 10) with { Position = new StreamPosition(2, 1, 1) },
            Signal("a", "b", 11) with { Position = new StreamPosition(2, 2, 1) }]);
        gate.SetResult();
        await TestBed.UntilAsync(() => _acknowledged.Count == 5);

        Assert.Equal([(7, 7), (8, 8), (9, 8), (1, 1), (2, 1)],
            _delivered.OrderBy(signal => signal.Sequence).Select(signal => (signal.Position.Number, signal.Position.Oldest)));
    }

    [Fact]
    public async Task An_acknowledgement_that_fails_holds_up_nothing_and_is_tried_again()
    {
        int failures = 1;
        _acknowledge = () => failures-- > 0 ? throw new IOException("no") : Task.CompletedTask;
        _dispatcher.Send([Signal("a", "b", 1)]);
        await TestBed.UntilAsync(() => failures == 0);

        _dispatcher.Send([Signal("a", "b", 2)]);
        await TestBed.UntilAsync(() => _acknowledged.Count == 1);

        Assert.Equal([1, 2], _delivered.Select(signal => signal.Sequence));
        Assert.Equal([2], _acknowledged);
        await TestBed.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return _acknowledged.Count == 2;
        });
        Assert.Equal([2, 1], _acknowledged);
    }

    [Fact]
    public async Task A_stream_that_ends_while_another_signal_comes_loses_none()
    {
        const int Many = 20_000;
        Task[] senders = [.. Enumerable.Range(0, 2).Select(sender => Task.Run(() =>
        {
            for (int i = 1; i <= Many; i++)
            {
                _dispatcher.Send([Signal($"{sender}", "b", i)]);
            }
        }))];
        await Task.WhenAll(senders);
        await TestBed.UntilAsync(() => _acknowledged.Count == 2 * Many);

        foreach (IGrouping<string?, long> stream in _delivered.GroupBy(signal => signal.Sender!.Name, signal => signal.Sequence))
        {
            Assert.Equal(Enumerable.Range(1, Many).Select(i => (long)i), stream);
        }
    }

    [Fact]
    public async Task After_the_stop_nothing_is_sent_again()
    {
        int attempts = 0;
        _deliver = _ =>
        {
            Interlocked.Increment(ref attempts);
            throw new IOException("down");
        };
        _dispatcher.Send([Signal("a", "b", 1)]);
        await TestBed.UntilAsync(() => attempts == 1);

        _dispatcher.Stop();
        _dispatcher.Dispose();
        _clock.Advance(TimeSpan.FromMinutes(1));
        _dispatcher.Send([Signal("a", "b", 2), Signal("a", "c", 1)]);

        Assert.Equal(1, attempts);
        Assert.Empty(_delivered);
    }

    private static Signal Signal(string sender, string receiver, long number) => new(TestBed.Address(receiver), "Heard", default)
    {
        Sender = TestBed.Address(sender),
        Sequence = number,
        Position = new StreamPosition(1, number, 1),
    };
}
