using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests;

public class EmbeddedHostLifetimeTests
{
    [Fact]
    public async Task After_a_crash_the_state_is_what_was_acknowledged_whatever_the_database_files_hold()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await bed.HibernateAsync();
        byte[] old = File.ReadAllBytes(PathOf(bed, "a"));
        await bed.CallAsync("a", "Add", 1);
        await bed.HibernateAsync();
        byte[] current = File.ReadAllBytes(PathOf(bed, "a"));
        byte[] garbage = new byte[current.Length];
        bed.Random.NextBytes(garbage);

        foreach (byte[] planted in new byte[][] { old, garbage, [] })
        {
            await bed.CrashAsync();
            File.WriteAllBytes(PathOf(bed, "a"), planted);
            File.WriteAllBytes(PathOf(bed, "a") + "-wal", garbage);
            bed.Start();
            Assert.Equal(2, await bed.CallAsync("a", "Get"));
            Assert.Equal(2, await bed.CallAsync("a", "Look"));
        }
    }

    [Fact]
    public async Task A_file_that_ran_ahead_of_the_journal_is_not_served()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        bed.Disk.Before = _ => throw new IOException("The disk is on strike.");
        await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 10));

        await bed.RestartAfterCrashAsync();

        Assert.Equal(1, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task After_a_clean_stop_the_files_are_trusted()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await bed.CallAsync("b", "Add", 2);

        await bed.StopAsync();
        Assert.Contains("clean", bed.Disk.List());
        byte[] file = File.ReadAllBytes(PathOf(bed, "a"));
        bed.Start();

        CatalogueEntry entry = Entry(bed, "a");
        Assert.Equal(entry.Summary.Head, entry.FileHead);
        File.WriteAllText(PathOf(bed, "b"), "planted");
        await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("b", "Get"));
        Assert.Equal(file, File.ReadAllBytes(PathOf(bed, "a")));
        Assert.Equal(1, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task The_mark_of_a_clean_stop_is_gone_before_the_first_turn_and_a_crash_leaves_none()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await bed.RestartAsync();
        Assert.DoesNotContain("clean", bed.Disk.List());

        await bed.RestartAfterCrashAsync();

        Assert.Null(Entry(bed, "a").FileHead);
        Assert.Equal(1, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task A_mark_that_belongs_to_another_end_of_the_journal_is_not_believed()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await bed.StopAsync();
        byte[] old = bed.Disk.Get("clean");
        bed.Start();
        await bed.CallAsync("a", "Add", 1);
        await bed.StopAsync();
        bed.Disk.Put("clean", old);

        bed.Start();

        Assert.Null(Entry(bed, "a").FileHead);
        Assert.Equal(2, await bed.CallAsync("a", "Get"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_snapshot_or_none_costs_time_only(bool isMissing)
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await bed.StopAsync();
        if (isMissing)
        {
            bed.Disk.Remove(CatalogueFile.Name);
        }
        else
        {
            bed.Disk.Put(CatalogueFile.Name, "torn"u8.ToArray());
        }

        bed.Start();

        Assert.Null(Entry(bed, "a").FileHead);
        Assert.Equal(2, await bed.CallAsync("a", "Add", 1));
    }

    [Fact]
    public async Task A_full_journal_file_leads_to_a_snapshot_from_which_the_next_start_goes_on()
    {
        await using TestBed bed = new(journal: new JournalOptions { FileBytes = 8_192, ZeroedAheadBytes = 1_024 });
        for (int i = 1; i <= 40; i++)
        {
            await bed.CallAsync($"{i % 4}", "Add", 1);
        }
        await TestBed.UntilAsync(() => bed.Disk.List().Contains(CatalogueFile.Name));
        await bed.CallAsync("late", "Add", 1);

        await bed.RestartAfterCrashAsync();

        Assert.True(CatalogueFile.Read(bed.Disk, CatalogueFile.Name, new ObjectCatalogue()) > 0);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(10, await bed.CallAsync($"{i}", "Get"));
        }
        Assert.Equal(1, await bed.CallAsync("late", "Get"));
        Assert.Equal(5, (await bed.Host.ListAsync("probe", "", null, 10, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task No_snapshot_is_written_after_the_last_since_the_folder_may_be_anothers_by_then()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        EmbeddedHost stopped = bed.Host;
        await bed.StopAsync();
        byte[] last = bed.Disk.Get(CatalogueFile.Name);

        stopped.WriteSnapshot(0, isLast: false);

        Assert.Equal(last, bed.Disk.Get(CatalogueFile.Name));
        bed.Start();
    }

    [Fact]
    public async Task Two_hosts_cannot_own_one_folder()
    {
        await using TestBed bed = new();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => bed.Create());
        Assert.Contains(bed.Data, error.Message, StringComparison.Ordinal);
        await bed.RestartAsync();
    }

    [Fact]
    public async Task Signals_that_a_crash_kept_from_leaving_arrive_after_the_start_before_any_that_is_sent_later()
    {
        await using TestBed bed = new();
        Task<long> busy = bed.CallAsync("b", "AddSlowly", 1, "busy");
        await bed.Controls.ReachedAsync("busy");
        await bed.CallAsync("a", "Tell", "b", 3);
        Assert.Equal(3, Entry(bed, "a").Summary.Outbox);
        await bed.CrashAsync();
        await Assert.ThrowsAsync<DurableObjectException>(() => busy);

        // A host whose own resuming has not come to the object yet.
        bed.Start(isResuming: false);
        await bed.CallAsync("a", "Tell", "b", 2);

        await TestBed.UntilAsync(() => Entry(bed, "a").Summary.Outbox == 0);
        Assert.Equal(5, await bed.CallAsync("b", "HeardFrom", "a"));
    }

    [Fact]
    public async Task Signals_that_a_crash_kept_from_leaving_leave_by_themselves()
    {
        await using TestBed bed = new();
        Task<long> busy = bed.CallAsync("b", "AddSlowly", 1, "busy");
        await bed.Controls.ReachedAsync("busy");
        await bed.CallAsync("a", "Tell", "b", 3);
        await bed.CrashAsync();
        await Assert.ThrowsAsync<DurableObjectException>(() => busy);

        bed.Start();
        await TestBed.UntilAsync(() => Entry(bed, "a").Summary.Outbox == 0);

        Assert.Equal(3, await bed.CallAsync("b", "HeardFrom", "a"));
    }

    [Fact]
    public async Task Sockets_of_the_last_run_are_closed_and_those_of_this_one_are_not()
    {
        await using TestBed bed = new();
        await OpenAsync(bed, "old-1");
        await OpenAsync(bed, "old-2");
        await bed.CrashAsync();

        bed.Start(isResuming: false);
        await OpenAsync(bed, "new");
        await bed.Host.WakeAsync(TestBed.Address("a"));

        Assert.Equal(2, await bed.CallAsync("a", "SocketsClosed"));
        Assert.Equal(1, await bed.CallAsync("a", "SocketCount"));
    }

    [Fact]
    public async Task The_start_closes_lost_sockets_by_itself()
    {
        await using TestBed bed = new();
        await OpenAsync(bed, "old");
        await bed.RestartAfterCrashAsync();

        await TestBed.UntilAsync(() => Entry(bed, "a").Summary.Sockets == 0);

        Assert.Equal(1, await bed.CallAsync("a", "SocketsClosed"));
    }

    [Fact]
    public async Task An_object_that_cannot_resume_keeps_no_other_from_it()
    {
        await using TestBed bed = new();
        for (int i = 0; i < 100; i++)
        {
            await bed.RunAsync($"{i}", new SocketOpenedTurn("s", new SocketOpening(new Dictionary<string, string>())));
        }
        await bed.CrashAsync();
        for (int i = 0; i < 100; i += 10)
        {
            File.Delete(PathOf(bed, $"{i}"));
            Directory.CreateDirectory(PathOf(bed, $"{i}"));
        }

        bed.Start();

        await TestBed.UntilAsync(() => bed.Host.Catalogue.Entries.Count(entry => entry.Summary.Sockets == 0) == 90);
    }

    [Fact]
    public async Task An_alarm_rings_after_a_restart()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Arm", 60);
        await bed.RestartAfterCrashAsync();
        Assert.Equal(0, await bed.CallAsync("a", "Rings"));

        bed.Clock.Advance(TimeSpan.FromSeconds(60));
        await TestBed.UntilAsync(() => Entry(bed, "a").Summary.WakeAt is null);

        Assert.Equal(1, await bed.CallAsync("a", "Rings"));
    }

    [Fact]
    public async Task A_stop_lets_every_accepted_turn_end_and_takes_no_more()
    {
        await using TestBed bed = new();
        Task<long> running = bed.CallAsync("a", "AddSlowly", 1, "gate");
        await bed.Controls.ReachedAsync("gate");
        List<Task<long>> waiting = [.. Enumerable.Range(0, 10).Select(_ => bed.CallAsync("a", "Add", 1))];

        Task stopping = bed.StopAsync();
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 1));
        Assert.Equal((503, ErrorCodes.Unavailable, true), (error.Status, error.Code, error.Retryable));
        Assert.False(stopping.IsCompleted);
        bed.Controls.Open("gate");
        await stopping.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(1, await running);
        Assert.Equal(Enumerable.Range(2, 10).Select(i => (long)i), await Task.WhenAll(waiting));
        bed.Start();
        Assert.Equal(11, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task A_stop_abandons_what_still_runs_when_its_time_is_over_and_then_trusts_no_file()
    {
        await using TestBed bed = new(options => options.TurnDeadline = TimeSpan.FromHours(1));
        await bed.CallAsync("a", "Add", 1);
        await bed.CallAsync("b", "Add", 1);
        Task<long> running = bed.CallAsync("a", "AddSlowly", 10, "never");
        await bed.Controls.ReachedAsync("never");
        Task<long> waiting = bed.CallAsync("a", "Add", 100);

        Task stopping = bed.StopAsync();
        bed.Clock.Advance(bed.Options().StopTimeout);
        await stopping.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(ErrorCodes.Unavailable, (await Assert.ThrowsAsync<DurableObjectException>(() => running)).Code);
        Assert.Equal(ErrorCodes.Unavailable, (await Assert.ThrowsAsync<DurableObjectException>(() => waiting)).Code);
        Assert.DoesNotContain("clean", bed.Disk.List());
        bed.Start();
        Assert.Equal(1, await bed.CallAsync("a", "Get"));
        Assert.Equal(1, await bed.CallAsync("b", "Get"));
    }

    [Fact]
    public async Task After_the_stop_no_turn_runs_whoever_asks_for_it()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        EmbeddedHost stopped = bed.Host;
        await bed.StopAsync();

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => stopped.InternalAsync(TestBed.Address("a"), new DrainTurn()));

        Assert.Equal(ErrorCodes.Unavailable, error.Code);
        bed.Start();
        Assert.NotNull(Entry(bed, "a").FileHead);
    }

    private static Task<Answer> OpenAsync(TestBed bed, string socket) =>
        bed.RunAsync("a", new SocketOpenedTurn(socket, new SocketOpening(new Dictionary<string, string>())));

    private static CatalogueEntry Entry(TestBed bed, string name) => bed.Host.Catalogue.Find(TestBed.Address(name).Id)!;

    private static string PathOf(TestBed bed, string name) => bed.Host.Folder.Database(TestBed.Address(name));
}
