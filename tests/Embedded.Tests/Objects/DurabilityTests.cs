using DurableObjects.Embedded.Tests.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.Objects;

/// <summary>The output gate as callers see it (promise 3), and what becomes of them when the disk fails.</summary>
public class DurabilityTests
{
    [Fact]
    public async Task An_answer_waits_for_the_flush_while_the_next_turn_of_the_object_already_runs()
    {
        await using TestBed bed = new();
        using Gate flush = bed.HoldFlushes(out Task flushing);
        Task<long> first = bed.CallAsync("a", "Add", 1);
        await flushing;
        Task<long> second = bed.CallAsync("a", "AddSlowly", 10, "second");

        await bed.Controls.ReachedAsync("second");
        bed.Controls.Open("second");
        Assert.False(first.IsCompleted);
        flush.Open();

        Assert.Equal(1, await first);
        Assert.Equal(11, await second);
    }

    [Fact]
    public async Task What_reads_or_fails_waits_for_the_commits_that_it_saw()
    {
        await using TestBed bed = new();
        using Gate flush = bed.HoldFlushes(out Task flushing);
        Task<long> write = bed.CallAsync("a", "Add", 1);
        await flushing;
        Task<long> look = bed.CallAsync("a", "Look");
        Task<long> failed = bed.CallAsync("a", "Throw");
        bed.Controls.Open("read");
        Task<long> read = bed.CallAsync("a", "GetSlowly", "read");
        await bed.Controls.ReachedAsync("read");
        await TestBed.UntilAsync(() => IsIdle(bed, "a"));

        Assert.All([write, look, failed, read], task => Assert.False(task.IsCompleted));
        flush.Open();

        Assert.Equal(1, await write);
        Assert.Equal(1, await look);
        Assert.Equal(1, await read);
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => failed);
        Assert.Contains("number is 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_and_a_socket_message_wait_for_the_flush_too()
    {
        await using TestBed bed = new();
        await bed.RunAsync("a", new SocketOpenedTurn("s1", new SocketOpening(new Dictionary<string, string>())));
        using Gate flush = bed.HoldFlushes(out Task flushing);
        Task<long> plug = bed.CallAsync("plug", "Add", 1);
        await flushing;
        Task<long> tell = bed.CallAsync("a", "Tell", "b", 1);
        Task<long> say = bed.CallAsync("a", "Say", "hi");
        await TestBed.UntilAsync(() => IsIdle(bed, "a"));

        Assert.Empty(bed.Sockets.All);
        Assert.Equal(0, await ReadNothingAsync(bed));
        flush.Open();
        await Task.WhenAll(plug, tell, say);

        Assert.Single(bed.Sockets.All);
        await TestBed.UntilAsync(() => bed.Host.Catalogue.Find(TestBed.Address("b").Id) is not null);
        Assert.Equal(1, await bed.CallAsync("b", "HeardFrom", "a"));
    }

    [Fact]
    public async Task After_an_error_of_the_disk_nothing_is_acknowledged_and_only_durable_state_is_read()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        bed.Disk.Before = operation => throw new IOException("The disk is on strike.");

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 10));
        Assert.Equal(ErrorCodes.CommitFailed, error.Code);
        Assert.True(error.Retryable);
        error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 10));
        Assert.Equal((503, ErrorCodes.Unavailable, true), (error.Status, error.Code, error.Retryable));
        Assert.Contains("on strike", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await bed.CallAsync("a", "Get"));
        Assert.Equal(0, await bed.CallAsync("new", "Get"));
        Assert.NotNull(await new JournalProbe(bed.Host).FailureAsync(CancellationToken.None));
        Assert.Single(await bed.Host.ListAsync("probe", "", null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task Everything_that_waits_for_a_flush_fails_with_it()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        using Gate hold = new();
        TaskCompletionSource flushing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bed.Disk.Before = operation =>
        {
            if (operation == "flush")
            {
                flushing.TrySetResult();
                hold.Pass();
                throw new IOException("The disk is on strike.");
            }
        };
        List<Task<long>> waiting = [bed.CallAsync("a", "Add", 10)];
        await flushing.Task;
        bed.Controls.Open("read");
        waiting.AddRange([bed.CallAsync("a", "Add", 100), bed.CallAsync("a", "Look"), bed.CallAsync("a", "GetSlowly", "read")]);
        await bed.Controls.ReachedAsync("read");
        await TestBed.UntilAsync(() => IsIdle(bed, "a"));

        hold.Open();

        foreach (Task<long> task in waiting)
        {
            Assert.Equal(ErrorCodes.CommitFailed, (await Assert.ThrowsAsync<DurableObjectException>(() => task)).Code);
        }
        Assert.Equal(1, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task A_socket_effect_that_cannot_be_carried_out_costs_neither_the_answer_nor_the_object()
    {
        await using TestBed bed = new();
        await bed.RunAsync("a", new SocketOpenedTurn("s1", new SocketOpening(new Dictionary<string, string>())));
        bed.Sockets.Carrying = () => throw new InvalidOperationException("A bug.");

        await bed.CallAsync("a", "Say", "hi");

        Assert.Equal(1, await bed.CallAsync("a", "Add", 1));
    }

    private static bool IsIdle(TestBed bed, string name) => bed.Host.Live.Find(TestBed.Address(name).Id)!.IsIdle;

    private static Task<long> ReadNothingAsync(TestBed bed) => bed.CallAsync("b", "HeardFrom", "a");
}
