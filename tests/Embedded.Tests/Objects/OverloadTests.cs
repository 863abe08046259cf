using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.Objects;

/// <summary>What the host refuses, so that its memory does not grow: bytes for one object, for all, and for the disk.</summary>
public class OverloadTests
{
    private const int Large = 3 * 1_024 * 1_024;

    [Fact]
    public async Task One_object_holds_so_many_bytes_of_turns_while_others_go_on()
    {
        await using TestBed bed = new();
        List<Task<long>> waiting = [];
        for (int i = 0; i < 5; i++)
        {
            waiting.Add(bed.CallAsync("a", "AddSlowly", 1, "slow", Padding()));
        }
        await bed.Controls.ReachedAsync("slow");

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => bed.CallAsync("a", "AddSlowly", 1, "slow", Padding()));
        Assert.Equal((503, ErrorCodes.Overloaded, true), (error.Status, error.Code, error.Overloaded));
        Assert.Equal(TimeSpan.FromSeconds(1), error.RetryAfter);
        Assert.Contains("wait for probe/a", error.Message, StringComparison.Ordinal);
        Assert.Contains("16,777,216", error.Message, StringComparison.Ordinal);
        waiting.Add(bed.CallAsync("a", "Add", 1));
        Assert.Equal(1, await bed.CallAsync("b", "Add", 1, Padding()));
        bed.Controls.Open("slow");

        long[] sums = await Task.WhenAll(waiting);
        Assert.Equal([1, 2, 3, 4, 5, 6], sums);
        Assert.Equal(7, await bed.CallAsync("a", "Add", 1, Padding()));
        Assert.Equal(0, bed.Host.Waiting.Held);
    }

    [Fact]
    public async Task The_host_holds_so_many_bytes_of_turns_of_all_objects_and_small_ones_still_come_through()
    {
        await using TestBed bed = new(options => options.WaitingBytes = 4 * Large);
        List<Task<long>> waiting = [.. "abc".Select(name => bed.CallAsync($"{name}", "AddSlowly", 1, "slow", Padding()))];

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("d", "Add", 1, Padding()));

        Assert.Equal((ErrorCodes.Overloaded, true), (error.Code, error.Overloaded));
        Assert.Contains("12,582,912", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await bed.CallAsync("d", "Add", 1));
        bed.Controls.Open("slow");
        await Task.WhenAll(waiting);
        Assert.Equal(2, await bed.CallAsync("d", "Add", 1, Padding()));
        Assert.Equal(0, bed.Host.Waiting.Held);
    }

    [Fact]
    public async Task What_waits_is_counted_until_it_is_answered_whether_or_not_its_caller_waits()
    {
        await using TestBed bed = new();
        using CancellationTokenSource gone = new();
        Task<Answer> call = bed.Host.RunAsync(
            TestBed.Address("a"), TestBed.Call("AddSlowly", 1, "slow", Padding()), gone.Token);
        await bed.Controls.ReachedAsync("slow");

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.InRange(bed.Host.Waiting.Held, Large, Large + 4_096);
        bed.Controls.Open("slow");
        await TestBed.UntilAsync(() => bed.Host.Waiting.Held == 0);
    }

    [Fact]
    public async Task What_the_host_itself_needs_done_is_accepted_when_nothing_else_is()
    {
        await using TestBed bed = new(options => options.WaitingBytes = 2_000);
        await bed.RunAsync("a", new SocketOpenedTurn("s1", new SocketOpening(new Dictionary<string, string>())));
        Task<long> slow = bed.CallAsync("a", "AddSlowly", 1, "slow");
        await bed.Controls.ReachedAsync("slow");
        await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 1));

        Task<Answer> closed = bed.RunAsync("a", new SocketClosedTurn("s1", new SocketClosing(1_006, "lost")));
        bed.Controls.Open("slow");

        (await closed).OrThrow();
        await slow;
        Assert.Equal(1, await bed.CallAsync("a", "SocketsClosed"));
    }

    [Fact]
    public async Task While_the_disk_is_behind_turns_are_refused_before_they_run_reads_go_on_and_no_object_loses_its_database()
    {
        await using TestBed bed = new(journal: new JournalOptions { MaxQueuedBytes = 1, ZeroedAheadBytes = 4_096 });
        await bed.CallAsync("a", "Add", 1);
        await bed.CallAsync("b", "Add", 1);
        using Gate flush = bed.HoldFlushes(out Task flushing);
        Task<long> held = bed.CallAsync("a", "Add", 1);
        await flushing;
        Task<Answer> own = bed.Host.InternalAsync(TestBed.Address("b"), TestBed.Call("Add", 10));

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("b", "Add", 100));

        Assert.Equal((503, ErrorCodes.Overloaded, true), (error.Status, error.Code, error.Overloaded));
        Assert.Equal(TimeSpan.FromSeconds(1), error.RetryAfter);
        Assert.Contains("The disk is behind", error.Message, StringComparison.Ordinal);
        Assert.Contains("the limit is 1 bytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await bed.CallAsync("b", "Get"));
        Assert.False(own.IsCompleted);
        flush.Open();

        Assert.Equal(2, await held);
        (await own.WaitAsync(TimeSpan.FromSeconds(30))).OrThrow();
        Assert.Equal(11, await bed.CallAsync("b", "Get"));
        Assert.Equal(["wake a", "wake b"], bed.Controls.Events);
    }

    private static string Padding() => new('a', Large);
}
