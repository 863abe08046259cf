using DurableObjects.Embedded.Journal;

namespace DurableObjects.Embedded.Tests.PowerLoss;

/// <summary>A disk that is full, refuses or forgets, below the whole host.</summary>
public class DiskFaultTests
{
    private static readonly JournalOptions SmallFiles = new() { FileBytes = 8_192, ZeroedAheadBytes = 1_024 };

    [Theory]
    [InlineData("full")]
    [InlineData("write")]
    [InlineData("flush")]
    public async Task After_a_fault_of_the_journal_nothing_is_acknowledged_until_it_has_recovered(string fault)
    {
        await using TestBed bed = new(journal: SmallFiles);
        await bed.CallAsync("a", "Add", 1);
        await bed.CallAsync("b", "Add", 1);
        if (fault == "full")
        {
            bed.Disk.Room = 100;
        }
        else
        {
            Break(bed, fault, "/journal/");
        }

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 10));

        Assert.Equal((503, ErrorCodes.CommitFailed, true), (error.Status, error.Code, error.Retryable));
        Assert.Contains(fault == "full" ? "No space left on device" : "Input/output error", error.Message, StringComparison.Ordinal);
        await RefusesAsync(bed);
        Repair(bed);
        await RecoversAsync(bed);
        Assert.Equal(2, await bed.CallAsync("b", "Add", 1));
        for (int i = 0; i < 5; i++)
        {
            await bed.RestartAfterCrashAsync();
            Assert.Equal(1, await bed.CallAsync("a", "Look"));
            Assert.Equal(2, await bed.CallAsync("b", "Look"));
        }
    }

    [Theory]
    [InlineData("full")]
    [InlineData("write")]
    [InlineData("flush")]
    public async Task A_process_that_is_killed_while_its_journal_cannot_write_leaves_a_turn_whole_or_not_at_all(string fault)
    {
        await using TestBed bed = new(journal: SmallFiles);
        await bed.CallAsync("a", "Add", 1);
        if (fault == "full")
        {
            bed.Disk.Room = 100;
        }
        else
        {
            Break(bed, fault, "/journal/");
        }
        await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 10));
        await bed.KillAsync();
        Repair(bed);

        bed.Start();

        long a = await bed.CallAsync("a", "Look");
        Assert.True(a is 1 or 11, $"The number is {a}.");
        for (int i = 0; i < 5; i++)
        {
            await bed.RestartAfterCrashAsync();
            Assert.Equal(a, await bed.CallAsync("a", "Look"));
        }
    }

    [Theory]
    [InlineData("write", "/archive/")]
    [InlineData("flush", "/archive/")]
    [InlineData("create", "/archive/")]
    [InlineData("rename", "/archive/")]
    [InlineData("make", "/archive/")]
    [InlineData("folder", "/archive")]
    [InlineData("write", "/catalogue")]
    [InlineData("flush", "/catalogue")]
    [InlineData("create", "/catalogue")]
    [InlineData("rename", "/catalogue")]
    [InlineData("full", "")]
    public async Task A_fault_of_the_archive_or_the_catalogue_is_named_and_costs_nothing_but_another_attempt(string operation, string where)
    {
        await using TestBed bed = new(journal: SmallFiles);
        for (int i = 0; i < 30; i++)
        {
            await bed.CallAsync($"{i % 3}", "Add", 1);
        }
        if (operation == "full")
        {
            await bed.Host.Journal.RollAsync();
            bed.Disk.Room = 300;
        }
        else
        {
            Break(bed, operation, where);
        }

        IOException error = await Assert.ThrowsAsync<IOException>(() => bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None));

        Assert.Contains(operation == "full" ? "No space" : where, error.Message, StringComparison.Ordinal);
        Repair(bed);
        Assert.Equal(11, await bed.CallAsync("0", "Add", 1));
        await bed.RestartAfterCrashAsync();
        Assert.Equal(11, await bed.CallAsync("0", "Look"));
        await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        await bed.Host.Archiver.SweepAsync(CancellationToken.None);
        await bed.RestartAfterCrashAsync();
        Assert.Equal(11, await bed.CallAsync("0", "Look"));
        Assert.Equal(10, await bed.CallAsync("1", "Look"));
        Assert.Equal(10, await bed.CallAsync("2", "Look"));
    }

    [Theory]
    [InlineData("/journal/", false)]
    [InlineData("/archive/", true)]
    public async Task What_cannot_be_read_is_not_served_and_is_once_it_can(string where, bool isArchived)
    {
        await using TestBed bed = new(journal: SmallFiles);
        await bed.CallAsync("a", "Add", 1);
        if (isArchived)
        {
            await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        }
        await bed.RestartAfterCrashAsync();
        Break(bed, "read", where);

        foreach (string method in new[] { "Look", "Get", "Add" })
        {
            DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
                () => bed.CallAsync("a", method, method == "Add" ? [1] : []));
            Assert.Equal(503, error.Status);
            Assert.Contains(where, error.Message, StringComparison.Ordinal);
        }

        Repair(bed);
        Assert.Equal(2, await bed.CallAsync("a", "Add", 1));
    }

    [Theory]
    [InlineData("/catalogue")]
    [InlineData("/journal/")]
    public async Task A_start_that_cannot_read_ends_with_the_name_of_the_file_and_changes_nothing(string where)
    {
        await using TestBed bed = new(journal: SmallFiles);
        for (int i = 1; i <= 30; i++)
        {
            await bed.CallAsync("a", "Add", 1);
        }
        await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        await bed.CallAsync("a", "Add", 1);
        await bed.CrashAsync();
        Break(bed, "read", where);

        IOException error = Assert.Throws<IOException>(() => bed.Create());

        Assert.Contains(where, error.Message, StringComparison.Ordinal);
        Repair(bed);
        bed.Start();
        Assert.Equal(31, await bed.CallAsync("a", "Look"));
    }

    [Fact]
    public async Task A_start_whose_disk_is_full_can_be_made_again()
    {
        await using TestBed bed = new(journal: SmallFiles);
        await bed.CallAsync("a", "Add", 1);
        await bed.CrashAsync();
        bed.Disk.Room = 0;

        Assert.Throws<IOException>(() => bed.Create());

        Repair(bed);
        bed.Start();
        Assert.Equal(1, await bed.CallAsync("a", "Look"));
    }

    /// <summary>
    /// What a host does between a fault of its journal and its recovery: it refuses every commit, serves what is durable, and says so to
    /// whoever asks after its health.
    /// </summary>
    private static async Task RefusesAsync(TestBed bed)
    {
        foreach (string name in new[] { "a", "b" })
        {
            DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync(name, "Add", 100));
            Assert.Equal((503, true), (error.Status, error.Retryable));
            Assert.Equal(1, await bed.CallAsync(name, "Get"));
        }
        Assert.NotNull(await new JournalProbe(bed.Host).FailureAsync(CancellationToken.None));
        Assert.NotEmpty(bed.Log.Lines);
    }

    private static Task RecoversAsync(TestBed bed) => TestBed.UntilAsync(() =>
    {
        bed.Clock.Advance(TimeSpan.FromMilliseconds(100));
        return bed.Host.Journal.Fault is null;
    });

    private static void Break(TestBed bed, string operation, string where) => bed.Disk.BeforeAt = (current, path) =>
    {
        if (current == operation && path.Contains(where, StringComparison.Ordinal))
        {
            throw new IOException($"Input/output error : '{path}'");
        }
    };

    private static void Repair(TestBed bed)
    {
        bed.Disk.BeforeAt = null;
        bed.Disk.Room = null;
    }
}
