using DurableObjects.Archive;
using DurableObjects.Functions.Archive;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Tests.Blobs;
using DurableObjects.Harness;
using DurableObjects.Turns;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Functions.Tests.Archive;

/// <summary>
/// A worker may die at any request between the first piece that it writes and the state that names the last: nothing of that is history,
/// nothing of the history is touched, and the next worker goes on.
/// </summary>
[Collection(StorageCollection.Name)]
public class ArchiveKillTests(StorageFixture storages)
{
    [Theory, Storages]
    public async Task A_batch_killed_at_any_request_has_not_been_and_can_be_run_again(string storage)
    {
        foreach (bool isAfter in new[] { false, true })
        {
            FakeClock clock = ClockOf(storage);
            KillSwitch container = new(await storages.NewAsync(storage, clock));
            BlobArchive archive = new(container);
            using ArchivedObject one = new(archive, clock);
            for (int batch = 0; batch < 8; batch++)
            {
                clock.Advance(TimeSpan.FromMinutes(1));
                bool isDone = false;
                for (int passed = 0; !isDone; passed++)
                {
                    container.Arm(passed, isAfter);
                    try
                    {
                        // Every other attempt has other turns, as when more messages have come: then another piece is written.
                        await one.BatchAsync(Turns(one, batch, passed / 2), takesSnapshot: batch % 3 == 2);
                        isDone = true;
                    }
                    catch (Exception) when (container.IsDead)
                    {
                        // Nothing of it has happened.
                    }
                    container.Disarm();
                    await one.AssertHeadAsync();
                }
            }
            Assert.True(container.Deaths.Count(request => request.StartsWith("write", StringComparison.Ordinal)) >= 8 + 2 + 2);
            Assert.Contains(container.Deaths, request => request.EndsWith("snapshot", StringComparison.Ordinal));
            Assert.Contains(container.Deaths, request => request.StartsWith("read", StringComparison.Ordinal));
            await one.AssertPastAsync();
            await AssertSweepTakesTheRestAsync(archive, container, one, clock);
        }
    }

    [Theory, Storages]
    public async Task An_object_returns_to_any_moment_and_the_return_can_be_undone(string storage)
    {
        FakeClock clock = ClockOf(storage);
        BlobArchive archive = new(await storages.NewAsync(storage, clock));
        using ArchivedObject one = new(archive, clock);
        for (int batch = 0; batch < 4; batch++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await one.BatchAsync(
                [ArchivedObject.Call("Write", 20, 2_000, batch), ArchivedObject.Call("Put", "a", batch), ArchivedObject.Call("Thin", 3)],
                takesSnapshot: batch == 2);
        }
        ArchivedObject.Remembered[] moments = [.. one.Past];
        foreach (ArchivedObject.Remembered moment in moments.Reverse().Where((_, i) => i % 3 != 1))
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            string now = one.Past[^1].Content;
            await one.BatchAsync([ArchivedObject.Call("Return", moment.Bookmark)]);
            Assert.Equal(moment.Content, one.Past[^1].Content);
            await one.AssertHeadAsync();
            // The commit before the last is what the turn that asked for the return left.
            await one.BatchAsync([ArchivedObject.Call("Return", one.Past[^2].Bookmark)]);
            Assert.Equal(now, one.Past[^1].Content);
        }
        await one.AssertPastAsync();
    }

    private static async Task AssertSweepTakesTheRestAsync(
        BlobArchive archive, KillSwitch container, ArchivedObject one, FakeClock clock)
    {
        CancellationToken none = CancellationToken.None;
        IReadOnlyList<PieceName> named = await one.NamedAsync();
        long left = (await archive.ListAsync("notebook", one.Address.Id, none)).Count - named.Count;
        Assert.True(left > 0);
        Positions positions = new(one);
        ArchiveSweep sweep = new(
            archive, new PayloadStore(container), positions, Limits.Retention, clock, NullLogger<ArchiveSweep>.Instance);
        Assert.Equal(new SweepResult(1, 0, 0, 0, 0, 0), await sweep.SweepAsync(none));
        clock.Advance(ArchiveSweep.UnnamedFor + TimeSpan.FromHours(1));
        Assert.Equal(new SweepResult(1, 0, 0, 0, left, 0), await sweep.SweepAsync(none));
        Assert.Equal(
            named.Order(Comparer<PieceName>.Create((a, b) => string.CompareOrdinal(a.FileName, b.FileName))),
            await archive.ListAsync("notebook", one.Address.Id, none));
        await one.AssertPastAsync();
    }

    private static CallTurn[] Turns(ArchivedObject one, int batch, int attempt)
    {
        int seed = (batch * 1_000) + attempt;
        return batch switch
        {
            1 => [ArchivedObject.Call("Write", 60, 4_000, seed)],
            3 or 6 => [
                ArchivedObject.Call("Put", "a", seed),
                ArchivedObject.Call("Return", one.Past[batch].Bookmark),
                ArchivedObject.Call("Write", 1, 100, seed),
            ],
            5 => [ArchivedObject.Call("Thin", 2), ArchivedObject.Call("Put", "b", seed)],
            _ => [
                ArchivedObject.Call("Put", "a", seed),
                ArchivedObject.Call("Put", "a", seed + 1),
                ArchivedObject.Call("Write", 3, 500, seed),
            ],
        };
    }

    /// <summary>Azurite's clock is the machine's, so the model's begins there.</summary>
    private static FakeClock ClockOf(string storage) =>
        new(storage == StoragesAttribute.Memory ? null : TimeProvider.System.GetUtcNow());
}
