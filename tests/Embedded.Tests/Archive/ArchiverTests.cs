using DurableObjects.Archive;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Disk;
using DurableObjects.Embedded.Tests.Journal;
using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.Archive;

/// <summary>Commits leave the journal for the archive, and the archive when they are too old.</summary>
public class ArchiverTests
{
    private static readonly JournalOptions SmallFiles = new() { FileBytes = 16_384, ZeroedAheadBytes = 1_024 };

    [Fact]
    public async Task What_is_archived_leaves_the_journal_and_is_read_from_the_archive()
    {
        await using TestBed bed = new(journal: SmallFiles);
        await AddAsync(bed, "a", 100);
        await AddAsync(bed, "b", 3);
        long length = bed.Host.Journal.Length;

        await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);

        Assert.True(length > 2 * SmallFiles.FileBytes);
        // The file with the last batch stays, since the next one continues its numbers.
        Assert.InRange(bed.Host.Journal.Length, 0, SmallFiles.FileBytes);
        Assert.Equal(Entry(bed, "a").Summary.Head, Entry(bed, "a").Archive!.Head);
        await bed.RestartAfterCrashAsync();
        Assert.Equal(100, await bed.CallAsync("a", "Get"));
        Assert.Equal(3, await bed.CallAsync("b", "Get"));
        Assert.Equal(101, await bed.CallAsync("a", "Add", 1));
    }

    [Fact]
    public async Task A_journal_that_grows_past_its_bound_is_cut_by_itself()
    {
        await using TestBed bed = new(options => options.MaxJournalBytes = 40_000, SmallFiles);
        for (int i = 0; i < 10; i++)
        {
            await AddAsync(bed, $"{i % 3}", 60);
        }
        // One file beyond the bound, which the last snapshot but one needs, and the one being written.
        await TestBed.UntilAsync(() => bed.Host.Journal.Length < 40_000 + 3 * SmallFiles.FileBytes);
        await bed.RestartAfterCrashAsync();
        Assert.Equal(240, await bed.CallAsync("0", "Get"));
        Assert.Equal(180, await bed.CallAsync("1", "Get"));
        Assert.Equal(180, await bed.CallAsync("2", "Get"));
    }

    [Fact]
    public async Task Waking_reads_the_newest_whole_state_and_what_follows_and_no_piece_before()
    {
        await using TestBed bed = new(runtime: new ObjectRuntimeOptions { HistoryBytes = 8_192 });
        for (int i = 0; i < 12; i++)
        {
            await AddAsync(bed, "a", 50);
            await OverwriteAsync(bed, "a", 32_000);
            await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        }
        await bed.CrashAsync();
        MemoryFolder pieces = bed.Disk.Below("archive").Below("probe").Below(TestBed.Address("a").Id.ToString()[..2]);
        string[] names = [.. pieces.List().Order()];
        Assert.Equal(12, names.Length);
        // Whole commits come more often than every fifth piece; without them nothing of this could be read.
        foreach (string name in names[..7])
        {
            pieces.Remove(name);
        }
        bed.Start();
        Assert.Equal(600, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task A_database_too_large_for_whole_commits_gets_snapshots()
    {
        await using TestBed bed = new(runtime: new ObjectRuntimeOptions { HistoryBytes = 8_192, MaxWholeBytes = 0 });
        for (int i = 0; i < 12; i++)
        {
            await bed.CallAsync("a", "WriteNoise", 40_000, i);
            await AddAsync(bed, "a", 5);
            await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        }
        IReadOnlyList<PieceName> pieces = await PiecesAsync(bed, "a");
        Assert.Contains(pieces, piece => piece.Kind == PieceKind.Snapshot);
        await bed.RestartAfterCrashAsync();
        Assert.Equal(60, await bed.CallAsync("a", "Get"));
        long newest = pieces.Where(piece => piece.Kind == PieceKind.Snapshot).Max(piece => piece.To);
        foreach (PieceName piece in pieces.Where(piece => piece.To < newest))
        {
            await bed.Host.Archive.DeleteAsync(piece, CancellationToken.None);
        }
        await bed.RestartAfterCrashAsync();
        Assert.Equal(60, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task A_sweep_drops_what_no_moment_of_the_retention_needs()
    {
        await using TestBed bed = new(
            options =>
            {
                options.Retention = TimeSpan.FromDays(30);
                options.ArchiveEvery = TimeSpan.FromDays(100_000);
            },
            runtime: new ObjectRuntimeOptions { HistoryBytes = 4_096 });
        List<(DateTimeOffset At, long Sum)> days = [];
        for (int day = 1; day <= 60; day++)
        {
            await AddAsync(bed, "a", 30);
            await OverwriteAsync(bed, "a", 32_000);
            days.Add((bed.Clock.GetUtcNow(), day * 30));
            await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
            bed.Clock.Advance(TimeSpan.FromHours(24));
        }
        int before = (await PiecesAsync(bed, "a")).Count;

        await bed.Host.Archiver.SweepAsync(CancellationToken.None);

        Assert.InRange((await PiecesAsync(bed, "a")).Count, 30, before - 20);
        DateTimeOffset horizon = bed.Clock.GetUtcNow() - TimeSpan.FromDays(30);
        await bed.RestartAfterCrashAsync();
        Assert.Equal(1_800, await bed.CallAsync("a", "Get"));
        ObjectRecovery recovery = new(bed.Host);
        foreach ((DateTimeOffset at, long sum) in days.Where(day => day.At + TimeSpan.FromHours(24) > horizon))
        {
            await recovery.RestoreAsync(TestBed.Address("a"), at, Caller.Runtime, CancellationToken.None);
            Assert.Equal(sum, await bed.CallAsync("a", "Get"));
        }
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => recovery.RestoreAsync(TestBed.Address("a"), days[0].At, Caller.Runtime, CancellationToken.None));
        Assert.Equal(ErrorCodes.BookmarkExpired, error.Code);
    }

    [Fact]
    public async Task A_time_within_the_retention_is_found_on_a_snapshot_whose_segment_has_expired()
    {
        await using TestBed bed = new(
            options => options.ArchiveEvery = TimeSpan.FromDays(100_000),
            runtime: new ObjectRuntimeOptions { HistoryBytes = 8_192, MaxWholeBytes = 0 });
        long sum = 0;
        while (Entry(bed, "a")?.Archive?.Newest.Kind != PieceKind.Snapshot)
        {
            await bed.CallAsync("a", "WriteNoise", 40_000, (int)sum);
            sum = await bed.CallAsync("a", "Add", 1);
            await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        }
        bed.Clock.Advance(TimeSpan.FromDays(31));
        await bed.Host.Archiver.SweepAsync(CancellationToken.None);
        Assert.Single(await PiecesAsync(bed, "a"));
        bed.Clock.Advance(TimeSpan.FromDays(9));
        DateTimeOffset yesterday = bed.Clock.GetUtcNow() - TimeSpan.FromDays(1);
        await bed.CallAsync("a", "Add", 94);

        await new ObjectRecovery(bed.Host).RestoreAsync(TestBed.Address("a"), yesterday, Caller.Runtime, CancellationToken.None);

        Assert.Equal(sum, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task An_object_that_has_ended_goes_altogether_when_nothing_can_bring_it_back()
    {
        await using TestBed bed = new(options => options.ArchiveEvery = TimeSpan.FromDays(100_000));
        await AddAsync(bed, "ended", 3);
        await bed.CallAsync("ended", "Forget");
        await AddAsync(bed, "back", 3);
        await bed.CallAsync("back", "Forget");
        await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        bed.Clock.Advance(TimeSpan.FromDays(31));
        await bed.CallAsync("back", "Add", 1);

        await bed.Host.Archiver.SweepAsync(CancellationToken.None);

        Assert.Null(bed.Host.Catalogue.Find(TestBed.Address("ended").Id));
        Assert.Empty(await PiecesAsync(bed, "ended"));
        Assert.Equal(1, await bed.CallAsync("back", "Get"));
    }

    [Fact]
    public async Task A_purge_whose_files_cannot_be_deleted_is_a_purge_and_what_comes_after_it_stays()
    {
        await using TestBed bed = new();
        await AddAsync(bed, "a", 5);
        await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        bed.Disk.Before = operation =>
        {
            if (operation == "delete")
            {
                throw new IOException("The disk refuses.");
            }
        };
        await bed.Host.PurgeAsync(TestBed.Address("a"), CancellationToken.None);
        await AddAsync(bed, "a", 2);
        await bed.HibernateAsync();
        Assert.Equal(2, await bed.CallAsync("a", "Get"));
        bed.Disk.Before = null;
        await bed.Host.Archiver.SweepAsync(CancellationToken.None);

        Assert.Empty(await PiecesAsync(bed, "a"));
        await bed.RestartAfterCrashAsync();
        Assert.Equal(2, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task A_journal_file_that_cannot_be_deleted_is_tried_again_and_leaves_no_gap()
    {
        await using TestBed bed = new(journal: SmallFiles);
        await AddAsync(bed, "a", 200);
        bool refuses = true;
        bed.Disk.Before = operation =>
        {
            if (operation == "delete" && refuses)
            {
                refuses = false;
                throw new IOException("The disk refuses.");
            }
        };
        await Assert.ThrowsAsync<IOException>(() => bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None));
        bed.Disk.Before = null;
        await bed.RestartAfterCrashAsync();
        await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        Assert.InRange(bed.Host.Journal.Length, 0, SmallFiles.FileBytes);
        await bed.RestartAfterCrashAsync();
        Assert.Equal(200, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task An_object_that_never_changes_keeps_its_last_whole_state()
    {
        await using TestBed bed = new();
        await AddAsync(bed, "a", 3);
        await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        bed.Clock.Advance(TimeSpan.FromDays(400));
        await bed.Host.Archiver.SweepAsync(CancellationToken.None);
        await bed.RestartAfterCrashAsync();
        Assert.Equal(3, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task A_purge_deletes_the_archive_and_a_new_object_of_the_name_has_none_of_it()
    {
        await using TestBed bed = new();
        await AddAsync(bed, "a", 5);
        await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        await AddAsync(bed, "a", 5);

        await bed.Host.PurgeAsync(TestBed.Address("a"), CancellationToken.None);
        Assert.Empty(await PiecesAsync(bed, "a"));
        await AddAsync(bed, "a", 2);
        await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);

        Assert.Equal(2, Entry(bed, "a").Archive!.Head.Commit);
        await bed.RestartAfterCrashAsync();
        Assert.Equal(2, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task Pieces_that_nothing_names_are_swept()
    {
        await using TestBed bed = new();
        await AddAsync(bed, "a", 5);
        await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
        PieceName named = Assert.Single(await PiecesAsync(bed, "a"));
        PieceName stray = named with { Hash = named.Hash + 1 };
        PieceName ofNobody = stray with { Id = TestBed.Address("nobody").Id };
        foreach (PieceName name in new[] { stray, ofNobody })
        {
            using MemoryStream content = new([1, 2, 3]);
            await bed.Host.Archive.WriteAsync(name, content, CancellationToken.None);
        }

        await bed.Host.Archiver.SweepAsync(CancellationToken.None);

        Assert.Equal([named], await PiecesAsync(bed, "a"));
        Assert.Empty(await PiecesAsync(bed, "nobody"));
        await bed.RestartAfterCrashAsync();
        Assert.Equal(5, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task A_damaged_catalogue_costs_nothing_since_the_one_before_it_is_still_enough()
    {
        await using TestBed bed = new(options => options.MaxJournalBytes = 40_000, SmallFiles);
        for (int i = 0; i < 10; i++)
        {
            await AddAsync(bed, $"{i % 3}", 60);
        }
        await TestBed.UntilAsync(() => bed.Host.Journal.OldestPosition > 0);
        await bed.StopAsync();
        bed.Disk.Put(CatalogueFile.Name, [.. bed.Disk.Get(CatalogueFile.Name).Reverse()]);
        bed.Start();
        Assert.Equal(240, await bed.CallAsync("0", "Get"));
        await bed.StopAsync();

        bed.Disk.Put(CatalogueFile.Name, "torn"u8.ToArray());
        bed.Disk.Put(CatalogueFile.PreviousName, "torn"u8.ToArray());
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => bed.Create());
        Assert.Contains(CatalogueFile.PreviousName, error.Message, StringComparison.Ordinal);
        bed.Wipe();
    }

    private static async Task AddAsync(TestBed bed, string name, int times)
    {
        for (int i = 0; i < times; i++)
        {
            await bed.CallAsync(name, "Add", 1);
        }
    }

    /// <summary>Commits that many bytes, most of them over themselves.</summary>
    private static async Task OverwriteAsync(TestBed bed, string name, int bytes)
    {
        const int AtOnce = 8_000;
        for (int i = 0; i < bytes / AtOnce; i++)
        {
            await bed.CallAsync(name, "WriteNoise", AtOnce, i);
        }
    }

    private static CatalogueEntry Entry(TestBed bed, string name) => bed.Host.Catalogue.Find(TestBed.Address(name).Id)!;

    private static async Task<IReadOnlyList<PieceName>> PiecesAsync(TestBed bed, string name) =>
        await bed.Host.Archive.ListAsync("probe", TestBed.Address(name).Id, CancellationToken.None);
}
