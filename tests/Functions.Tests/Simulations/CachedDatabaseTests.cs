using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.FunctionsEngine.Simulations;

namespace DurableObjects.Functions.Tests.Simulations;

/// <summary>
/// The database on a worker's disk is good for the head that the entity's state names, and for no other. Where it is, nothing is read from the
/// storage.
/// </summary>
public sealed class CachedDatabaseTests : IAsyncLifetime
{
    private readonly LedgerSimulation _ledgers = new(
        seed: 3, objects: 2, workers: 1, new AzureHostOptions { MaxAwake = 1 });

    private Simulation Simulation => _ledgers.Simulation;

    public async Task InitializeAsync()
    {
        // What the first one wrote is in the archive by the last, and in nothing that came later.
        for (int i = 0; i < 80; i++)
        {
            await ActAsync(0, $"deed-{i}", bytes: i == 0 ? 12_000 : 0);
        }
        Assert.Contains(Simulation.Storage.Names, name => name.StartsWith("archive/", StringComparison.Ordinal));
        // Only one object stays awake, so that the other's database is closed.
        await ActAsync(1, "other");
        Simulation.Storage.TakeRequests();
    }

    public async Task DisposeAsync() => await _ledgers.DisposeAsync();

    [Fact]
    public async Task A_file_at_the_right_head_is_used_as_it_is()
    {
        List<string> reads = [];
        Simulation.OnRequest = (operation, name, _) =>
        {
            reads.Add($"{operation} {name}");
            return ValueTask.CompletedTask;
        };
        await ActAsync(0, "next");
        Simulation.OnRequest = null;
        Assert.Empty(reads);
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task A_file_at_an_older_head_is_made_anew()
    {
        string file = FileOf(0);
        byte[] older = File.ReadAllBytes(file);
        await ActAsync(0, "between");
        await ActAsync(1, "other again");
        File.WriteAllBytes(file, older);

        await ActAsync(0, "next");
        Assert.NotEqual(0, Reads());
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task A_file_of_another_object_is_made_anew()
    {
        await ActAsync(0, "awake");
        File.Copy(FileOf(1), FileOf(0) + ".foreign");
        await ActAsync(1, "other again");
        File.Move(FileOf(0) + ".foreign", FileOf(0), overwrite: true);

        await ActAsync(0, "next");
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task A_file_that_is_gone_is_made_anew()
    {
        File.Delete(FileOf(0));
        await ActAsync(0, "next");
        Assert.NotEqual(0, Reads());
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task A_damaged_file_is_made_anew_wherever_the_damage_is()
    {
        string file = FileOf(0);
        int step = Math.Max(1, (int)new FileInfo(file).Length / 40);
        for (int offset = 0; offset < new FileInfo(file).Length; offset += step)
        {
            byte[] content = File.ReadAllBytes(file);
            content[offset] ^= 4;
            File.WriteAllBytes(file, content);
            await ActAsync(0, $"after-{offset}");
            await ActAsync(1, $"other-after-{offset}");
        }
        Assert.NotEqual(0, Reads());
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task A_file_that_lost_its_end_is_made_anew()
    {
        using (FileStream stream = File.OpenWrite(FileOf(0)))
        {
            stream.SetLength(stream.Length / 2);
        }
        await ActAsync(0, "next");
        await _ledgers.CheckAsync();
    }

    [Fact]
    public async Task An_object_that_another_worker_had_meanwhile_is_brought_to_its_new_head()
    {
        await using LedgerSimulation ledgers = new(seed: 11, objects: 1, workers: 2);
        for (int i = 0; i < 40; i++)
        {
            // Whichever worker gets it.
            ledgers.Act(ledgers.Names[0], new Deed($"deed-{i}") { Bytes = i % 5 == 0 ? 9_000 : 0 });
            await ledgers.Simulation.SettleAsync();
        }
        await ledgers.CheckAsync();
    }

    private async Task ActAsync(int ledger, string tag, int bytes = 0)
    {
        _ledgers.Act(_ledgers.Names[ledger], new Deed(tag) { Bytes = bytes });
        await Simulation.SettleAsync();
    }

    private long Reads() => Simulation.Storage.Requests(BlobOperation.Open) + Simulation.Storage.Requests(BlobOperation.Read);

    private string FileOf(int ledger) => Assert.Single(Directory.GetFiles(
        Simulation.Workers[0].Folder, $"{LedgerSimulation.Address(_ledgers.Names[ledger]).Id}.sqlite", SearchOption.AllDirectories));
}
