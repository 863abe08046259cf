using System.Text.Json;
using DurableObjects.Archive;
using DurableObjects.Functions.Archive;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Tests.Blobs;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Functions.Tests.Archive;

/// <summary>What a sweep deletes and, above all, what it leaves, beside objects that go on meanwhile.</summary>
[Collection(StorageCollection.Name)]
public sealed class ArchiveSweepTests(StorageFixture storages) : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly FakeClock _clock = new();
    private readonly List<ArchivedObject> _objects = [];

    public void Dispose() => _objects.ForEach(one => one.Dispose());

    [Fact]
    public async Task Every_moment_of_the_retention_stays_and_the_rest_goes_even_if_the_sweep_dies_at_any_deletion()
    {
        KillSwitch container = new(new MemoryBlobContainer(_clock));
        BlobArchive archive = new(container);
        ArchivedObject one = New(archive);
        for (int day = 0; day < 45; day++)
        {
            _clock.Advance(Day);
            await one.BatchAsync([.. Enumerable.Range(0, 4).Select(i => ArchivedObject.Call("Put", "a", (day * 4) + i))]);
        }
        DateTimeOffset horizon = _clock.GetUtcNow() - Limits.Retention;
        int deletions = 0;
        container.Before = request => request.StartsWith("delete", StringComparison.Ordinal) && deletions++ % 2 == 1
            ? throw new KilledException()
            : ValueTask.CompletedTask;
        int sweeps = 1;
        while (!await TrySweepAsync(Sweep(archive, container, new Positions(one))))
        {
            await one.AssertPastAsync(moment => moment.At >= horizon);
            // What is left is one history without a gap.
            PieceName[] pieces = [.. (await archive.ListAsync("notebook", one.Address.Id, None)).OrderBy(piece => piece.To)];
            Assert.Equal(one.Position!.Newest, pieces[^1]);
            Assert.Equal(pieces[..^1].Select(piece => piece.To), pieces[1..].Select(piece => piece.From));
            sweeps++;
        }
        await one.AssertPastAsync(moment => moment.At >= horizon);
        IReadOnlyList<PieceName> left = await archive.ListAsync("notebook", one.Address.Id, None);
        Assert.InRange(left.Count, 30, 35);
        Assert.Equal(left.Count, (await one.NamedAsync()).Count);
        // Each deletes one piece and dies at the next.
        Assert.Equal(45 - left.Count, sweeps);
    }

    [Theory, Storages]
    public async Task A_piece_that_no_state_names_goes_after_a_day(string storage)
    {
        FakeClock clock = ClockOf(storage);
        IBlobContainer container = await storages.NewAsync(storage, clock);
        BlobArchive archive = new(container);
        ArchivedObject one = New(archive, clock: clock);
        await one.BatchAsync([ArchivedObject.Call("Put", "a", 1)]);
        (PieceName orphan, _) = await OrphanAsync(archive, one);
        ArchiveSweep sweep = Sweep(archive, container, new Positions(one), clock);

        clock.Advance(ArchiveSweep.UnnamedFor - TimeSpan.FromMinutes(5));
        Assert.Equal(new SweepResult(1, 0, 0, 0, 0, 0), await sweep.SweepAsync(None));
        Assert.Contains(orphan, await archive.ListAsync("notebook", one.Address.Id, None));
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(new SweepResult(1, 0, 0, 0, 1, 0), await sweep.SweepAsync(None));

        Assert.DoesNotContain(orphan, await archive.ListAsync("notebook", one.Address.Id, None));
        await one.AssertPastAsync();
    }

    [Theory, Storages]
    public async Task A_piece_that_is_written_again_after_it_was_judged_stays(string storage)
    {
        FakeClock clock = ClockOf(storage);
        KillSwitch container = new(await storages.NewAsync(storage, clock));
        BlobArchive archive = new(container);
        ArchivedObject one = New(archive, clock: clock);
        await one.BatchAsync([ArchivedObject.Call("Put", "a", 1)]);
        (PieceName orphan, byte[] content) = await OrphanAsync(archive, one);
        clock.Advance(2 * Day);
        bool isAgain = false;
        container.Before = async request =>
        {
            if (request == $"delete archive/{orphan}" && !isAgain)
            {
                isAgain = true;
                await WriteAsync(archive, orphan, content);
            }
        };

        Assert.Equal(new SweepResult(1, 0, 0, 0, 0, 0), await Sweep(archive, container, new Positions(one), clock).SweepAsync(None));

        Assert.True(isAgain);
        Assert.Contains(orphan, await archive.ListAsync("notebook", one.Address.Id, None));
    }

    [Fact]
    public async Task What_is_named_between_listing_and_asking_counts_as_named()
    {
        MemoryBlobContainer container = new(_clock);
        BlobArchive archive = new(container);
        ArchivedObject one = New(archive);
        await one.BatchAsync([ArchivedObject.Call("Put", "a", 1)]);
        await OrphanAsync(archive, one);
        _clock.Advance(2 * Day);
        Positions positions = new(one) { Before = _ => one.BatchAsync([ArchivedObject.Call("Put", "a", 3)]) };

        Assert.Equal(1, (await Sweep(archive, container, positions).SweepAsync(None)).Unnamed);

        await one.AssertPastAsync();
        Assert.Equal(2, container.Names.Count);
    }

    [Fact]
    public async Task Objects_that_go_on_and_sweeps_that_overlap_do_not_disturb_each_other()
    {
        MemoryBlobContainer container = new(_clock) { PageSize = 7 };
        BlobArchive archive = new(container);
        ArchivedObject[] objects = [.. Enumerable.Range(0, 6).Select(i => New(archive, $"object {i}"))];
        for (int day = 0; day < 45; day++)
        {
            _clock.Advance(Day);
            foreach (ArchivedObject one in objects)
            {
                await one.BatchAsync([ArchivedObject.Call("Put", "a", day), ArchivedObject.Call("Put", "a", day + 1)]);
            }
        }
        DateTimeOffset horizon = _clock.GetUtcNow() - Limits.Retention;
        Positions positions = new(objects)
        {
            Before = id => objects.Single(one => one.Address.Id == id).BatchAsync([ArchivedObject.Call("Put", "b", 7)]),
        };
        SweepResult first = await Sweep(archive, container, positions).SweepAsync(None);
        positions.Before = null;
        SweepResult[] others = await Task.WhenAll(
            Sweep(archive, container, positions).SweepAsync(None), Sweep(archive, container, positions).SweepAsync(None));
        Assert.True(first.Expired > 0);
        Assert.All(others, result => Assert.Equal(new SweepResult(6, 0, 0, 0, 0, 0), result));
        foreach (ArchivedObject one in objects)
        {
            await one.AssertPastAsync(moment => moment.At >= horizon);
        }
    }

    [Fact]
    public async Task Pieces_of_an_object_without_a_state_stay_as_long_as_the_retention()
    {
        MemoryBlobContainer container = new(_clock);
        BlobArchive archive = new(container);
        ArchivedObject one = New(archive);
        await one.BatchAsync([ArchivedObject.Call("Put", "a", 1)]);
        Positions positions = new();
        ArchiveSweep sweep = Sweep(archive, container, positions);
        _clock.Advance(Limits.Retention);
        Assert.Equal(0, (await sweep.SweepAsync(None)).Unnamed);
        _clock.Advance(Day);
        Assert.Equal(1, (await sweep.SweepAsync(None)).Unnamed);
        Assert.Empty(container.Names);
    }

    [Fact]
    public async Task One_damaged_object_keeps_all_of_its_pieces_and_the_others_are_swept()
    {
        MemoryBlobContainer container = new(_clock);
        BlobArchive archive = new(container);
        ArchivedObject[] objects = [.. Enumerable.Range(0, 3).Select(i => New(archive, $"object {i}"))];
        foreach (ArchivedObject one in objects)
        {
            await one.BatchAsync([ArchivedObject.Call("Put", "a", 1)]);
            await OrphanAsync(archive, one);
        }
        container.Damage($"archive/{objects[0].Position!.Newest}", 20, 1);
        await archive.DeleteAsync(objects[1].Position!.Newest, None);
        _clock.Advance(2 * Day);

        SweepResult result = await Sweep(archive, container, new Positions(objects)).SweepAsync(None);

        Assert.Equal(new SweepResult(1, 0, 2, 0, 1, 0), result);
        Assert.Equal(2, (await archive.ListAsync("notebook", objects[0].Address.Id, None)).Count);
        Assert.Single(await archive.ListAsync("notebook", objects[1].Address.Id, None));
        Assert.Single(await archive.ListAsync("notebook", objects[2].Address.Id, None));
    }

    [Fact]
    public async Task A_state_that_cannot_be_read_keeps_its_pieces_and_the_others_are_swept()
    {
        MemoryBlobContainer container = new(_clock);
        BlobArchive archive = new(container);
        ArchivedObject[] objects = [.. Enumerable.Range(0, 4).Select(i => New(archive, $"object {i}"))];
        foreach (ArchivedObject one in objects)
        {
            await one.BatchAsync([ArchivedObject.Call("Put", "a", 1)]);
            await OrphanAsync(archive, one);
        }
        Dictionary<ObjectId, Exception> complaints = new()
        {
            [objects[0].Address.Id] = new InvalidDataException("It names no piece."),
            [objects[1].Address.Id] = new JsonException("It is no JSON."),
            [objects[2].Address.Id] = new NotSupportedException("It is of a later version."),
        };
        Positions positions = new(objects)
        {
            Before = id => complaints.TryGetValue(id, out Exception? complaint) ? Task.FromException(complaint) : Task.CompletedTask,
        };
        _clock.Advance(2 * Day);
        Assert.Equal(new SweepResult(1, 0, 3, 0, 1, 0), await Sweep(archive, container, positions).SweepAsync(None));
    }

    [Fact]
    public async Task A_sweep_that_has_no_time_for_all_objects_comes_to_each_within_some_days()
    {
        MemoryBlobContainer container = new(_clock);
        BlobArchive archive = new(container);
        ArchivedObject[] objects = [.. Enumerable.Range(0, 40).Select(i => New(archive, $"object {i}"))];
        foreach (ArchivedObject one in objects)
        {
            await one.BatchAsync([ArchivedObject.Call("Put", "a", 1)]);
        }
        HashSet<ObjectId> judged = [];
        for (int day = 0; day < 20; day++)
        {
            _clock.Advance(Day);
            using CancellationTokenSource stop = new();
            int asked = 0;
            Positions positions = new(objects)
            {
                Before = _ => Interlocked.Increment(ref asked) == 10 ? stop.CancelAsync() : Task.CompletedTask,
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => Sweep(archive, container, positions).SweepAsync(stop.Token));
            judged.UnionWith(positions.Asked);
        }
        Assert.Equal(objects.Length, judged.Count);
    }

    [Fact]
    public async Task A_storage_that_fails_ends_the_sweep()
    {
        MemoryBlobContainer container = new(_clock);
        BlobArchive archive = new(container);
        ArchivedObject one = New(archive);
        await one.BatchAsync([ArchivedObject.Call("Put", "a", 1)]);
        container.Before = (operation, _) => operation == BlobOperation.Open
            ? throw new IOException("The storage is away.")
            : ValueTask.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => Sweep(archive, container, new Positions(one)).SweepAsync(None));
    }

    [Fact]
    public async Task An_idle_object_is_judged_once_in_thirty_days()
    {
        MemoryBlobContainer container = new(_clock);
        BlobArchive archive = new(container);
        ArchivedObject one = New(archive);
        await one.BatchAsync([ArchivedObject.Call("Put", "a", 1)]);
        Positions positions = new(one);
        ArchiveSweep sweep = Sweep(archive, container, positions);
        for (int day = 0; day < 37; day++)
        {
            _clock.Advance(Day);
            Assert.Equal(new SweepResult(1, 0, 0, 0, 0, 0), await sweep.SweepAsync(None));
        }
        Assert.Equal(37, positions.Asked.Count);
        container.TakeRequests();
        for (int day = 0; day < 60; day++)
        {
            _clock.Advance(Day);
            await sweep.SweepAsync(None);
        }
        Assert.Equal(37 + 2, positions.Asked.Count);
        // Three listings for each sweep, two of pieces and one of payloads; and the piece, twice.
        Assert.Equal([new(BlobOperation.Open, 2L), new(BlobOperation.List, 180L)], container.TakeRequests());
        await one.BatchAsync([ArchivedObject.Call("Put", "a", 2)]);
        Assert.Equal(1, (await sweep.SweepAsync(None)).Objects);
    }

    [Fact]
    public async Task What_a_purge_left_of_an_idle_object_goes_on_its_day()
    {
        MemoryBlobContainer container = new(_clock);
        BlobArchive archive = new(container);
        ArchivedObject one = New(archive);
        await one.BatchAsync([ArchivedObject.Call("Put", "a", 1)]);
        Positions positions = new(one);
        ArchiveSweep sweep = Sweep(archive, container, positions);
        _clock.Advance(TimeSpan.FromDays(100));
        await sweep.SweepAsync(None);
        positions.Forget(one);
        for (int day = 0; day < 30; day++)
        {
            _clock.Advance(Day);
            await sweep.SweepAsync(None);
        }
        Assert.Empty(container.Names);
    }

    [Fact]
    public async Task Old_payloads_go_and_what_is_not_a_piece_is_left_alone()
    {
        MemoryBlobContainer container = new(_clock);
        BlobArchive archive = new(container);
        PayloadStore payloads = new(container);
        await payloads.WriteAsync("notebook", ObjectId.FromName("notebook", "a"), new byte[1], None);
        await container.TryCreateAsync("archive/README.txt", new byte[1], None);
        _clock.Advance(PayloadStore.KeptFor + Day);
        await payloads.WriteAsync("notebook", ObjectId.FromName("notebook", "a"), new byte[2], None);
        Assert.Equal(new SweepResult(0, 0, 0, 0, 0, 1), await Sweep(archive, container, new Positions()).SweepAsync(None));
        Assert.Equal(2, container.Names.Count);
    }

    private static async Task<bool> TrySweepAsync(ArchiveSweep sweep)
    {
        try
        {
            await sweep.SweepAsync(None);
            return true;
        }
        catch (KilledException)
        {
            return false;
        }
    }

    private static async Task<(PieceName Name, byte[] Content)> OrphanAsync(BlobArchive archive, ArchivedObject one)
    {
        // What a batch would have left that died before it named it: another piece on the same predecessor.
        PieceName newest = one.Position!.Newest;
        await using IArchivePiece piece = (await archive.OpenAsync(newest, None))!;
        byte[] content = new byte[100_000];
        content = content[..await piece.ReadAsync(content, 0, None)];
        PieceName orphan = newest with { From = newest.To, To = newest.To + 1 };
        await WriteAsync(archive, orphan, content);
        return (orphan, content);
    }

    private static async Task WriteAsync(BlobArchive archive, PieceName name, byte[] content)
    {
        using MemoryStream stream = new(content);
        await archive.WriteAsync(name, stream, None);
    }

    private static FakeClock ClockOf(string storage) =>
        new(storage == StoragesAttribute.Memory ? null : TimeProvider.System.GetUtcNow());

    private ArchiveSweep Sweep(BlobArchive archive, IBlobContainer container, Positions positions, FakeClock? clock = null) => new(
        archive, new PayloadStore(container), positions, Limits.Retention, clock ?? _clock, NullLogger<ArchiveSweep>.Instance);

    private ArchivedObject New(BlobArchive archive, string name = "one", FakeClock? clock = null)
    {
        ArchivedObject one = new(archive, clock ?? _clock, name);
        _objects.Add(one);
        return one;
    }
}
