using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Tests.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.Objects;

public class HibernationTests
{
    [Fact]
    public async Task An_object_waits_to_be_woken_while_twice_the_bound_are_awake_and_busy()
    {
        await using TestBed bed = new(options =>
        {
            options.MaxAwake = 1;
            options.TurnDeadline = TimeSpan.FromDays(1);
        });
        Task<long> first = bed.CallAsync("a", "AddSlowly", 1, "first");
        Task<long> second = bed.CallAsync("b", "AddSlowly", 1, "second");
        await bed.Controls.ReachedAsync("first");
        await bed.Controls.ReachedAsync("second");

        Task<long> third = bed.CallAsync("c", "Add", 1);
        await TestBed.UntilAsync(() => bed.Host.Live.Waiting == 1);
        Assert.DoesNotContain("wake c", bed.Controls.Events);
        bed.Controls.Open("first");
        Assert.Equal(1, await first);
        await TestBed.UntilAsync(() =>
        {
            bed.Clock.Advance(TimeSpan.FromSeconds(1));
            return third.IsCompleted;
        });

        Assert.Equal(1, await third);
        Assert.False(second.IsCompleted);
        bed.Controls.Open("second");
        Assert.Equal(1, await second);
    }

    [Fact]
    public async Task An_object_hibernates_after_its_idle_time_and_not_before()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await IdleAsync(bed, "a");

        bed.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(1, bed.Host.Live.Count);
        await bed.CallAsync("a", "Get");
        await IdleAsync(bed, "a");
        bed.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(1, bed.Host.Live.Count);
        bed.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(0, bed.Host.Live.Count);
    }

    [Fact]
    public async Task It_wakes_on_its_own_file_without_a_rebuild()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await bed.HibernateAsync();
        CatalogueEntry entry = Entry(bed, "a");
        Assert.Equal(entry.Summary.Head, entry.FileHead);
        Assert.Equal([bed.Host.Folder.Database(entry.Address)], Files(bed));
        // A rebuild would find the damage.
        bed.Disk.Below("journal").Get(JournalFixture.FirstFile)[(int)entry.LastRecord + 50] ^= 1;

        Assert.Equal(2, await bed.CallAsync("a", "Add", 1));

        Assert.Null(entry.FileHead);
        Assert.Equal(["wake a", "wake a"], bed.Controls.Events);
    }

    [Fact]
    public async Task A_turn_that_runs_and_a_read_that_runs_keep_it_awake()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        Task<long> turn = bed.CallAsync("a", "AddSlowly", 1, "turn");
        await bed.Controls.ReachedAsync("turn");
        bed.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(1, bed.Host.Live.Count);
        bed.Controls.Open("turn");
        await turn;
        await IdleAsync(bed, "a");
        Task<long> read = bed.CallAsync("a", "GetSlowly", "read");
        await bed.Controls.ReachedAsync("read");

        bed.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(1, bed.Host.Live.Count);
        bed.Controls.Open("read");

        Assert.Equal(2, await read);
    }

    [Fact]
    public async Task When_all_are_told_to_hibernate_a_read_that_runs_ends_first()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        Task<long> read = bed.CallAsync("a", "GetSlowly", "read");
        await bed.Controls.ReachedAsync("read");

        Task<int> hibernating = bed.Host.Live.HibernateAllAsync(CancellationToken.None);
        Assert.False(hibernating.IsCompleted);
        Task<long> next = bed.CallAsync("a", "Add", 1);
        bed.Controls.Open("read");

        Assert.Equal(1, await read);
        await hibernating.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(2, await next);
    }

    [Fact]
    public async Task A_commit_that_is_not_durable_yet_keeps_it_awake()
    {
        await using TestBed bed = new();
        using Gate flush = bed.HoldFlushes(out Task flushing);
        Task<long> add = bed.CallAsync("a", "Add", 1);
        await flushing;
        await IdleAsync(bed, "a");

        bed.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(1, bed.Host.Live.Count);
        flush.Open();
        await add;
        await IdleAsync(bed, "a");
        bed.Clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(0, bed.Host.Live.Count);
        Assert.NotNull(Entry(bed, "a").FileHead);
    }

    [Fact]
    public async Task Beyond_the_bound_the_least_recently_used_leave()
    {
        await using TestBed bed = new(options => options.MaxAwake = 10);
        for (int i = 0; i < 10; i++)
        {
            await UseAsync(bed, $"{i}");
        }
        await UseAsync(bed, "0");
        Assert.Equal(10, bed.Host.Live.Count);

        await UseAsync(bed, "10");

        Assert.Equal(9, bed.Host.Live.Count);
        Assert.Null(bed.Host.Live.Find(TestBed.Address("1").Id));
        Assert.Null(bed.Host.Live.Find(TestBed.Address("2").Id));
        Assert.NotNull(bed.Host.Live.Find(TestBed.Address("0").Id));
        Assert.NotNull(bed.Host.Live.Find(TestBed.Address("10").Id));
    }

    [Fact]
    public async Task Sockets_are_not_touched_by_it()
    {
        await using TestBed bed = new();
        await bed.RunAsync("a", new SocketOpenedTurn("s1", new SocketOpening(new Dictionary<string, string>())));
        await bed.HibernateAsync();
        Assert.Empty(bed.Sockets.All);

        await bed.CallAsync("a", "Say", "hi");

        Assert.Equal(["s1"], Assert.IsType<SocketSend>(Assert.Single(bed.Sockets.All)).SocketIds);
    }

    [Fact]
    public async Task An_object_that_never_committed_leaves_no_file_behind()
    {
        await using TestBed bed = new();
        Assert.Equal(0, await bed.CallAsync("a", "Get"));
        Assert.Equal(0, await bed.CallAsync("a", "Look"));

        await bed.HibernateAsync();

        Assert.Empty(Files(bed));
        Assert.Empty(bed.Host.Catalogue.Entries);
    }

    [Fact]
    public async Task Turns_reads_and_hibernation_at_random_lose_nothing_and_never_read_backwards()
    {
        await using TestBed bed = new();
        Task writer = Task.Run(async () =>
        {
            for (int i = 1; i <= 300; i++)
            {
                Assert.Equal(i, await bed.CallAsync("a", "Add", 1));
            }
        });
        List<Task> readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            for (long last = 0; last < 300;)
            {
                long now = await bed.CallAsync("a", "Get");
                Assert.InRange(now, last, 300);
                last = now;
            }
        }))];
        while (!writer.IsCompleted)
        {
            await bed.Host.Live.HibernateAllAsync(CancellationToken.None);
            bed.Clock.Advance(TimeSpan.FromSeconds(11));
        }

        await writer;
        await Task.WhenAll(readers);
    }

    private static async Task UseAsync(TestBed bed, string name)
    {
        await bed.CallAsync(name, "Look");
        await IdleAsync(bed, name);
        bed.Clock.Advance(TimeSpan.FromMilliseconds(1));
    }

    private static Task IdleAsync(TestBed bed, string name) =>
        TestBed.UntilAsync(() => bed.Host.Live.Find(TestBed.Address(name).Id) is null or { IsIdle: true });

    private static CatalogueEntry Entry(TestBed bed, string name) => bed.Host.Catalogue.Find(TestBed.Address(name).Id)!;

    private static string[] Files(TestBed bed) =>
        Directory.Exists(Path.Combine(bed.Data, "objects"))
            ? Directory.GetFiles(Path.Combine(bed.Data, "objects"), "*", SearchOption.AllDirectories)
            : [];
}
