using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Commits;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.Commits;

public class DatabaseFilesTests
{
    [Fact]
    public async Task What_is_rebuilt_equals_what_was_served()
    {
        await using TestBed bed = new();
        CatalogueEntry entry = await HistoryAsync(bed, 30);
        string served = bed.Host.Folder.Database(entry.Address);
        string rebuilt = Path.Combine(bed.Data, "rebuilt.sqlite");
        entry.FileHead = null;

        await DatabaseFiles.BringToHeadAsync(bed.Host.HistoryOf(entry), entry, rebuilt);

        Assert.Equal(File.ReadAllBytes(served), File.ReadAllBytes(rebuilt));
    }

    [Fact]
    public async Task A_file_that_is_known_to_be_at_the_head_is_left_alone_and_one_that_is_missing_is_made()
    {
        await using TestBed bed = new();
        CatalogueEntry entry = await HistoryAsync(bed, 3);
        string path = bed.Host.Folder.Database(entry.Address);
        byte[] before = File.ReadAllBytes(path);
        Assert.Equal(entry.Summary.Head, entry.FileHead);

        File.WriteAllText(path, "mine");
        await DatabaseFiles.BringToHeadAsync(bed.Host.HistoryOf(entry), entry, path);
        Assert.Equal("mine", File.ReadAllText(path));
        entry.FileHead = new Head(2, 2);
        await DatabaseFiles.BringToHeadAsync(bed.Host.HistoryOf(entry), entry, path);
        Assert.Equal(before, File.ReadAllBytes(path));
        entry.FileHead = entry.Summary.Head;
        File.Delete(path);
        await DatabaseFiles.BringToHeadAsync(bed.Host.HistoryOf(entry), entry, path);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task A_flipped_bit_in_any_record_of_the_chain_is_found_and_nothing_is_served()
    {
        await using TestBed bed = new();
        CatalogueEntry entry = await HistoryAsync(bed, 12);
        entry.FileHead = null;
        List<long> records = Chain(bed.Host.Journal, entry);
        string path = bed.Host.Folder.Database(entry.Address);
        byte[] journal = bed.Disk.Below("journal").Get(JournalFixture.FirstFile);
        int found = 0;
        foreach (long record in records)
        {
            int length = BitConverter.ToInt32(journal, (int)record);
            for (int i = 0; i < 8 + length; i += 37)
            {
                int at = (int)record + i;
                journal[at] ^= 4;
                DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
                    () => DatabaseFiles.BringToHeadAsync(bed.Host.HistoryOf(entry), entry, path));
                Assert.Equal(ErrorCodes.Corrupt, error.Code);
                Assert.Contains(entry.Address.ToString(), error.Message, StringComparison.Ordinal);
                Assert.False(File.Exists(path));
                journal[at] ^= 4;
                found++;
            }
        }

        Assert.Equal(12, records.Count);
        Assert.True(found > 12);
        await DatabaseFiles.BringToHeadAsync(bed.Host.HistoryOf(entry), entry, path);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task Damage_is_an_error_of_the_one_object_that_has_it()
    {
        await using TestBed bed = new();
        CatalogueEntry entry = await HistoryAsync(bed, 3);
        await bed.CallAsync("healthy", "Add", 1);
        await bed.RestartAfterCrashAsync();
        byte[] journal = bed.Disk.Below("journal").Get(JournalFixture.FirstFile);
        journal[(int)entry.LastRecord + 100] ^= 1;

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Get"));
        Assert.Equal(ErrorCodes.Corrupt, error.Code);
        Assert.Equal(ErrorCodes.Corrupt, (await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 1))).Code);
        Assert.Equal(2, await bed.CallAsync("healthy", "Add", 1));
    }

    [Theory]
    [InlineData("head")]
    [InlineData("record")]
    [InlineData("object")]
    public async Task A_record_that_is_not_the_one_that_the_catalogue_means_is_refused(string wrong)
    {
        await using TestBed bed = new();
        CatalogueEntry entry = await HistoryAsync(bed, 3);
        await bed.CallAsync("b", "Add", 1);
        CatalogueEntry other = bed.Host.Catalogue.Find(TestBed.Address("b").Id)!;
        CatalogueEntry asked = new(entry.Address)
        {
            Summary = wrong == "head" ? entry.Summary with { Head = entry.Summary.Head with { Hash = 1 } } : entry.Summary,
            LastRecord = wrong switch
            {
                "record" => StoredCommit.Read(bed.Host.Journal.Read(entry.LastRecord)).PreviousRecord,
                "object" => other.LastRecord,
                _ => entry.LastRecord,
            },
        };

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => DatabaseFiles.BringToHeadAsync(bed.Host.HistoryOf(asked), asked, Path.Combine(bed.Data, "asked.sqlite")));

        Assert.Equal(ErrorCodes.Corrupt, error.Code);
        Assert.False(File.Exists(Path.Combine(bed.Data, "asked.sqlite")));
    }

    private static async Task<CatalogueEntry> HistoryAsync(TestBed bed, int commits)
    {
        for (int i = 0; i < commits; i++)
        {
            await bed.CallAsync("a", "Add", i);
        }
        await bed.HibernateAsync();
        return bed.Host.Catalogue.Find(TestBed.Address("a").Id)!;
    }

    private static List<long> Chain(RecordJournal journal, CatalogueEntry entry)
    {
        List<long> records = [];
        for (long position = entry.LastRecord; position >= 0; position = StoredCommit.Read(journal.Read(position)).PreviousRecord)
        {
            records.Add(position);
        }
        return records;
    }
}
