using DurableObjects.Diagnostics;
using DurableObjects.Embedded.Diagnostics;
using DurableObjects.Embedded.Sockets;
using DurableObjects.Embedded.Tests.Journal;
using DurableObjects.Http;

namespace DurableObjects.Embedded.Tests.Diagnostics;

public class EmbeddedFiguresTests
{
    [Fact]
    public async Task What_a_turn_waits_in_the_mailbox_is_not_part_of_the_turn()
    {
        await using TestBed bed = new();
        Task<long> first = bed.CallAsync("a", "AddSlowly", 1, "gate");
        await bed.Controls.ReachedAsync("gate");
        Task<long> second = bed.CallAsync("a", "Add", 1);
        bed.Clock.Advance(TimeSpan.FromSeconds(3));
        bed.Controls.Open("gate");
        await Task.WhenAll(first, second);

        ClassFigures figures = Of(bed);

        Assert.Equal((2, 3.0), (figures.MailboxSeconds.Count, figures.MailboxSeconds.Sum));
        // That of the first, which waited for the gate.
        Assert.Equal((2, 3.0), (figures.TurnSeconds.Count, figures.TurnSeconds.Sum));
    }

    [Fact]
    public async Task A_commit_is_timed_until_it_is_durable_and_one_fsync_serves_many()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        Gate gate = bed.HoldFlushes(out Task reached);
        Task<long> first = bed.CallAsync("a", "Add", 1);
        await reached;
        Task<long>[] others = [.. Enumerable.Range(0, 5).Select(i => bed.CallAsync($"other-{i}", "Add", 1))];
        await TestBed.UntilAsync(() => Of(bed).Commits == 7);
        bed.Clock.Advance(TimeSpan.FromSeconds(2));
        gate.Open();
        await Task.WhenAll([first, .. others]);

        ClassFigures figures = Of(bed);

        Assert.Equal(7, figures.CommitSeconds.Count);
        Assert.Equal(12, figures.CommitSeconds.Sum);
        Assert.Equal(3, figures.Fsyncs);
        Assert.Equal(7, Value(bed, "journal_records"));
        Assert.Equal(3, Value(bed, "journal_batches"));
        Assert.True(Value(bed, "journal_bytes") > figures.Bytes);
        Assert.Equal(0, Value(bed, "journal_queued_bytes"));
    }

    [Fact]
    public async Task Every_wake_from_outside_of_memory_is_a_cold_start()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await bed.CallAsync("a", "Add", 1);
        await bed.HibernateAsync();
        await bed.CallAsync("a", "Add", 1);

        Assert.Equal((2, 2), (Of(bed).Wakes, Of(bed).ColdStartSeconds.Count));
    }

    [Fact]
    public async Task An_alarm_that_came_due_while_the_host_was_stopped_rings_late_by_that()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "WakeAfter", 10);
        await bed.StopAsync();
        bed.Clock.Advance(TimeSpan.FromMinutes(1));
        bed.Start();
        bed.Clock.Advance(TimeSpan.Zero);
        await TestBed.UntilAsync(() => Of(bed).TurnsByKind["alarm"] == 1);

        Assert.Equal((1, 50.0), (Of(bed).AlarmLateSeconds.Count, Of(bed).AlarmLateSeconds.Sum));
    }

    [Fact]
    public async Task Objects_count_as_live_until_they_hibernate()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await bed.CallAsync("b", "Get");
        Assert.Equal(2, Of(bed).LiveObjects);
        Assert.Equal(1, Of(bed).TurnsByKind["read"]);

        await bed.HibernateAsync();

        Assert.Equal(0, Of(bed).LiveObjects);
    }

    [Fact]
    public async Task What_a_full_mailbox_refuses_is_an_error_without_a_turn()
    {
        await using TestBed bed = new();
        Task<long> running = bed.CallAsync("a", "AddSlowly", 1, "gate");
        await bed.Controls.ReachedAsync("gate");
        List<Task<long>> waiting = [.. Enumerable.Range(0, Limits.WaitingTurns).Select(_ => bed.CallAsync("a", "Add", 1))];
        await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 1));

        ClassFigures figures = Of(bed);

        Assert.Equal(1, figures.ErrorsByCode[ErrorCodes.Overloaded]);
        Assert.Equal(0, figures.Turns);
        bed.Controls.Open("gate");
        await Task.WhenAll([running, .. waiting]);
    }

    [Fact]
    public async Task A_turn_whose_commit_does_not_become_durable_is_an_error()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        bed.Disk.Before = _ => throw new IOException("The disk is on strike.");
        await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 1));

        Assert.Equal(1, Of(bed).ErrorsByCode[ErrorCodes.CommitFailed]);
        Assert.Equal(1, Of(bed).CommitSeconds.Count);
    }

    private static EmbeddedFigures Figures(TestBed bed) => new(bed.Host, new SocketRegistry(new SendBounds(1, bed.Clock)));

    private static ClassFigures Of(TestBed bed) => Figures(bed).Of("probe");

    private static double Value(TestBed bed, string name)
    {
        HostFigure figure = Figures(bed).Host.Single(one => one.Name == name);
        return figure.Value;
    }
}
