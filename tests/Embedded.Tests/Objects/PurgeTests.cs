using DurableObjects.Embedded.Catalogue;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.Objects;

public class PurgeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_purged_object_is_gone_and_one_of_the_same_name_starts_from_its_first_commit(bool isRestarted)
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await bed.CallAsync("a", "Arm", 10);
        await bed.CallAsync("a", "Get");
        string path = bed.Host.Folder.Database(TestBed.Address("a"));

        await bed.Host.PurgeAsync(TestBed.Address("a"), CancellationToken.None);

        Assert.False(File.Exists(path));
        if (isRestarted)
        {
            await bed.RestartAfterCrashAsync();
        }
        Assert.Null(bed.Host.Catalogue.Find(TestBed.Address("a").Id));
        Assert.Empty(await bed.Host.ListAsync("probe", "", null, 10, CancellationToken.None));
        Assert.Equal(0, await bed.CallAsync("a", "Get"));
        bed.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.DoesNotContain("alarm a 0", bed.Controls.Events);
        Assert.Equal(5, await bed.CallAsync("a", "Add", 5));
        CatalogueEntry entry = bed.Host.Catalogue.Find(TestBed.Address("a").Id)!;
        Assert.Equal(1, entry.Summary.Head.Commit);
        await bed.RestartAfterCrashAsync();
        Assert.Equal(5, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task Reads_and_turns_that_come_during_the_purge_find_a_new_object()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        Task<long> slow = bed.CallAsync("a", "GetSlowly", "read");
        await bed.Controls.ReachedAsync("read");

        Task purging = bed.Host.PurgeAsync(TestBed.Address("a"), CancellationToken.None);
        Task<long> read = bed.CallAsync("a", "Get");
        Task<long> add = bed.CallAsync("a", "Add", 7);
        bed.Controls.Open("read");
        await purging.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(1, await slow);
        Assert.Equal(7, await add);
        Assert.Contains(await read, new long[] { 0, 1, 7 });
        Assert.Equal(7, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task A_signal_that_is_acknowledged_after_its_sender_was_purged_does_not_bring_the_sender_back()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Tell", "b", 1);
        await bed.Host.PurgeAsync(TestBed.Address("a"), CancellationToken.None);

        await bed.Host.InternalAsync(TestBed.Address("a"), new AcknowledgeTurn([1]));

        Assert.Null(bed.Host.Catalogue.Find(TestBed.Address("a").Id));
    }

    [Fact]
    public async Task What_does_not_exist_cannot_be_purged()
    {
        await using TestBed bed = new();

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => bed.Host.PurgeAsync(TestBed.Address("a"), CancellationToken.None));

        Assert.Equal(404, error.Status);
    }

    [Fact]
    public async Task A_purge_that_does_not_become_durable_is_an_error()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        bed.Disk.Before = _ => throw new IOException("The disk is on strike.");

        await Assert.ThrowsAsync<DurableObjectException>(() => bed.Host.PurgeAsync(TestBed.Address("a"), CancellationToken.None));
        Assert.Equal(1, await bed.CallAsync("a", "Get"));

        await bed.RestartAfterCrashAsync();
        Assert.Equal(1, await bed.CallAsync("a", "Get"));
    }
}
