using DurableObjects.Embedded.Catalogue;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.Catalogue;

public sealed class CatalogueFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("catalogue-tests-").FullName;

    private string File => Path.Combine(_folder, "catalogue");

    [Fact]
    public void What_was_written_is_read()
    {
        ObjectCatalogue written = Catalogue();
        CatalogueFile.Write(File, 4_711, written.Entries);
        ObjectCatalogue read = new();

        Assert.Equal(4_711, CatalogueFile.Read(File, read));

        Assert.Equal(written.Entries.Count, read.Entries.Count);
        Assert.All(written.Entries, entry =>
        {
            CatalogueEntry again = read.Find(entry.Address.Id)!;
            Assert.Equal(
                (entry.Address, entry.Summary, entry.LastRecord, entry.LastRecord, entry.FileHead),
                (again.Address, again.Summary, again.LastRecord, again.LastAppended, again.FileHead));
            Assert.False(again.FileNeedsFlush);
        });
        Assert.Equal(
            written.List("probe", "", null, 100).Select(entry => entry.Address),
            read.List("probe", "", null, 100).Select(entry => entry.Address));
    }

    [Fact]
    public void An_empty_catalogue_and_a_missing_file_are_told_apart()
    {
        Assert.Null(CatalogueFile.Read(File, new ObjectCatalogue()));

        CatalogueFile.Write(File, 0, []);

        Assert.Equal(0, CatalogueFile.Read(File, new ObjectCatalogue()));
    }

    [Fact]
    public void An_object_without_a_durable_commit_is_not_written()
    {
        CatalogueFile.Write(File, 1, [new CatalogueEntry(ObjectAddress.OfName("probe", "a"))]);
        ObjectCatalogue read = new();

        Assert.Equal(1, CatalogueFile.Read(File, read));
        Assert.Empty(read.Entries);
    }

    [Fact]
    public void A_flipped_bit_anywhere_and_a_file_cut_anywhere_are_noticed_before_anything_is_believed()
    {
        CatalogueFile.Write(File, 4_711, Catalogue().Entries);
        byte[] whole = System.IO.File.ReadAllBytes(File);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= (byte)(1 << (i % 8));
            AssertRefused(damaged);
            AssertRefused(whole[..i]);
        }
    }

    [Fact]
    public void A_new_snapshot_replaces_the_old_one_and_leaves_nothing_beside_it()
    {
        CatalogueFile.Write(File, 1, Catalogue().Entries);
        CatalogueFile.Write(File, 2, []);

        Assert.Equal([File], Directory.GetFiles(_folder));
        Assert.Equal(2, CatalogueFile.Read(File, new ObjectCatalogue()));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void AssertRefused(byte[] content)
    {
        System.IO.File.WriteAllBytes(File, content);
        ObjectCatalogue read = new();
        Assert.Null(CatalogueFile.Read(File, read));
        Assert.Empty(read.Entries);
    }

    private static ObjectCatalogue Catalogue()
    {
        ObjectCatalogue catalogue = new();
        Add(catalogue, ObjectAddress.OfName("probe", "plain"), new ObjectSummary(new Head(1, 1), 1, true));
        ObjectAddress unique = new("probe", ObjectId.Unique("probe"), null);
        Add(catalogue, unique, new ObjectSummary(new Head(2, UInt128.MaxValue), 0, false));
        Add(catalogue, ObjectAddress.OfName("other", "äöü €"), new ObjectSummary(new Head(long.MaxValue, 3), 2, true)
        {
            Alarm = DateTimeOffset.FromUnixTimeMilliseconds(1),
            WakeAt = DateTimeOffset.FromUnixTimeMilliseconds(-1),
            Outbox = 4,
            Parked = 5,
            Sockets = 6,
            AutoResponse = new AutoResponse("ping", ""),
        }).FileHead = new Head(3, 4);
        return catalogue;
    }

    private static CatalogueEntry Add(ObjectCatalogue catalogue, ObjectAddress address, ObjectSummary summary)
    {
        CatalogueEntry entry = catalogue.FindOrNew(address);
        catalogue.Committed(entry, summary, catalogue.Entries.Count * 1_000);
        return entry;
    }
}
