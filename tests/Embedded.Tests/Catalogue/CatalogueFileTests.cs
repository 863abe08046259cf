using DurableObjects.Archive;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Tests.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.Catalogue;

public sealed class CatalogueFileTests
{
    private readonly MemoryFolder _folder = new();

    [Fact]
    public void What_was_written_is_read()
    {
        ObjectCatalogue written = Catalogue();
        CatalogueFile.Write(_folder, 4_711, written.Entries);
        ObjectCatalogue read = new();

        Assert.Equal(4_711, CatalogueFile.Read(_folder, CatalogueFile.Name, read));

        Assert.Equal(written.Entries.Count, read.Entries.Count);
        Assert.All(written.Entries, entry =>
        {
            CatalogueEntry again = read.Find(entry.Address.Id)!;
            Assert.Equal(
                (entry.Address, entry.Summary, entry.LastRecord, entry.LastRecord, entry.FileHead),
                (again.Address, again.Summary, again.LastRecord, again.LastAppended, again.FileHead));
            Assert.Equal(
                (entry.FirstRecord, entry.LastWhole, entry.LastWhole, entry.Archive),
                (again.FirstRecord, again.LastWhole, again.LastWholeAppended, again.Archive));
            Assert.False(again.FileNeedsFlush);
        });
        Assert.Equal(
            written.List("probe", "", null, 100).Select(entry => entry.Address),
            read.List("probe", "", null, 100).Select(entry => entry.Address));
    }

    [Fact]
    public void An_empty_catalogue_and_a_missing_file_are_told_apart()
    {
        Assert.Null(CatalogueFile.Read(_folder, CatalogueFile.Name, new ObjectCatalogue()));

        CatalogueFile.Write(_folder, 0, []);

        Assert.Equal(0, CatalogueFile.Read(_folder, CatalogueFile.Name, new ObjectCatalogue()));
    }

    [Fact]
    public void An_object_without_a_durable_commit_is_not_written()
    {
        CatalogueFile.Write(_folder, 1, [new CatalogueEntry(ObjectAddress.OfName("probe", "a"))]);
        ObjectCatalogue read = new();

        Assert.Equal(1, CatalogueFile.Read(_folder, CatalogueFile.Name, read));
        Assert.Empty(read.Entries);
    }

    [Fact]
    public void A_flipped_bit_anywhere_and_a_file_cut_anywhere_are_noticed_before_anything_is_believed()
    {
        CatalogueFile.Write(_folder, 4_711, Catalogue().Entries);
        byte[] whole = _folder.Get(CatalogueFile.Name);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= (byte)(1 << (i % 8));
            AssertRefused(damaged);
            AssertRefused(whole[..i]);
        }
    }

    [Fact]
    public void A_new_snapshot_takes_the_place_of_the_old_one_which_stays_beside_it_for_once()
    {
        CatalogueFile.Write(_folder, 1, Catalogue().Entries);
        CatalogueFile.Write(_folder, 2, []);
        CatalogueFile.Write(_folder, 3, []);

        Assert.Equal([CatalogueFile.Name, CatalogueFile.PreviousName], _folder.List().Order());
        Assert.Equal(3, CatalogueFile.Read(_folder, CatalogueFile.Name, new ObjectCatalogue()));
        Assert.Equal(2, CatalogueFile.Read(_folder, CatalogueFile.PreviousName, new ObjectCatalogue()));
    }

    private void AssertRefused(byte[] content)
    {
        _folder.Put(CatalogueFile.Name, content);
        ObjectCatalogue read = new();
        Assert.Null(CatalogueFile.Read(_folder, CatalogueFile.Name, read));
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
        ObjectAddress archived = ObjectAddress.OfName("other", "archived");
        Add(catalogue, archived, new ObjectSummary(new Head(9, 9), 2, true)
        {
            History = ulong.MaxValue,
            CommittedAt = DateTimeOffset.FromUnixTimeMilliseconds(7),
            RestoreTo = 3,
        }).Archive = new ArchivePosition(
            new Head(8, 5), new PieceName("other", archived.Id, 4, 8, ulong.MaxValue, PieceKind.Segment), 12_345);
        return catalogue;
    }

    private static CatalogueEntry Add(ObjectCatalogue catalogue, ObjectAddress address, ObjectSummary summary)
    {
        CatalogueEntry entry = catalogue.FindOrNew(address);
        catalogue.Committed(entry, summary, catalogue.Entries.Count * 1_000, isWhole: catalogue.Entries.Count % 2 == 0);
        return entry;
    }
}
