using System.Buffers.Binary;
using DurableObjects.Archive;
using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Disk;

namespace DurableObjects.Embedded.Tests.Journal;

public class CorruptionTests
{
    [Fact]
    public async Task A_flipped_bit_anywhere_before_the_last_batch_is_found_and_named()
    {
        var (folder, starts) = await ThreeFiles();
        foreach (var name in folder.List())
        {
            var start = Convert.ToInt64(name[..16], 16);
            var end = start + folder.Get(name).Length;
            foreach (var batch in starts.Where(s => s >= start && s < end && s != starts[^1]))
            {
                // The header, the record's length, checksum and payload: 48, 4, 4 and 900 bytes.
                for (var at = 0; at < 48 + 8 + 900; at += 7)
                {
                    var damaged = folder.Copy();
                    damaged.Get(name)[batch - start + at] ^= 0x10;

                    var error = Assert.Throws<JournalCorruptException>(() => damaged.Replay());

                    Assert.Equal((damaged[name].Path, batch - start), (error.File, error.Offset));
                    Assert.Contains("backup", error.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public async Task Damage_changes_nothing_on_disk()
    {
        var (folder, starts) = await ThreeFiles();
        var last = JournalSegment.NameOf(starts[^1] - 1_024);
        folder.Get(last)[100] ^= 1;
        var before = folder.Get(last).ToArray();

        Assert.Throws<JournalCorruptException>(() => folder.Replay());

        Assert.Empty(folder.Operations);
        Assert.Equal(before, folder.Get(last));
    }

    [Fact]
    public async Task Even_the_bare_header_of_a_later_batch_proves_that_the_bad_one_was_durable()
    {
        var folder = new MemoryFolder();
        using (var journal = folder.Open())
        {
            await journal.AppendAlone(JournalFixture.Record(2_000, 1));
            await journal.AppendAlone(JournalFixture.Record(2_000, 2));
            await journal.AppendAlone(JournalFixture.Record(2_000, 3));
        }
        var file = folder.Get(JournalFixture.FirstFile);
        file[2_560] ^= 1;
        file.AsSpan(2 * 2_560 + 512).Clear();

        var error = Assert.Throws<JournalCorruptException>(() => folder.Replay());

        Assert.Equal(2_560, error.Offset);
        Assert.Contains("later batch", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_imitates_a_batch_is_not_taken_for_one()
    {
        var folder = new MemoryFolder();
        using (var journal = folder.Open())
        {
            await journal.AppendAlone(JournalFixture.Record("first"));
            // At the place of this forgery lies a sector of its own; all but the journal's number is right.
            var forged = new byte[2_000];
            new BatchHeader(1_234, 9, 1_024, 10, 1, 0).WriteTo(forged.AsSpan(512 - 48 - 8));
            await journal.AppendAlone(new TestRecord(forged));
        }
        Assert.True(BatchHeader.TryRead(folder.Get(JournalFixture.FirstFile).AsSpan(1_024), out _));
        folder.Get(JournalFixture.FirstFile)[2_000] ^= 1;

        Assert.Single(folder.Replay());
    }

    [Fact]
    public async Task A_missing_file_is_found_and_named()
    {
        var (folder, starts) = await ThreeFiles();
        var names = folder.List().Order().ToList();
        Assert.Equal(3, names.Count);

        var middle = folder.Copy();
        middle.Remove(names[1]);
        Assert.Contains(names[1], Assert.Throws<JournalCorruptException>(() => middle.Replay()).Message, StringComparison.Ordinal);

        var first = folder.Copy();
        first.Remove(names[0]);
        Assert.Contains(names[0], Assert.Throws<JournalCorruptException>(() => first.Replay()).Message, StringComparison.Ordinal);

        var last = folder.Copy();
        last.Remove(names[2]);
        var error = Assert.Throws<JournalCorruptException>(() => last.Replay(starts[^1]));
        Assert.Contains("had been durable", error.Message, StringComparison.Ordinal);

        Assert.Throws<JournalCorruptException>(() => new MemoryFolder().Replay(512));
    }

    [Fact]
    public async Task A_closed_file_that_was_cut_or_extended_is_found()
    {
        var (folder, _) = await ThreeFiles();
        var names = folder.List().Order().ToList();
        foreach (var length in (int[])[0, 1_024, 4_095, 4_097, 8_192])
        {
            var damaged = folder.Copy();
            var content = damaged.Get(names[1]);
            Array.Resize(ref content, length);
            damaged.Put(names[1], content);

            Assert.Equal(damaged[names[1]].Path, Assert.Throws<JournalCorruptException>(() => damaged.Replay()).File);
        }
    }

    [Fact]
    public async Task A_closed_file_of_zeros_is_found()
    {
        var (folder, _) = await ThreeFiles();
        var middle = folder.List().Order().ElementAt(1);
        folder.Get(middle).AsSpan().Clear();

        Assert.Equal(0, Assert.Throws<JournalCorruptException>(() => folder.Replay()).Offset);
    }

    [Fact]
    public async Task A_file_of_another_journal_is_found()
    {
        var (folder, _) = await ThreeFiles();
        var (other, _) = await ThreeFiles();
        var middle = folder.List().Order().ElementAt(1);
        folder.Put(middle, other.Get(middle));

        Assert.Contains("another journal", Assert.Throws<JournalCorruptException>(() => folder.Replay()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_whole_batch_with_the_wrong_number_is_found(int step)
    {
        var (folder, _) = await ThreeFiles();
        var file = folder.Get(JournalFixture.FirstFile);
        Assert.True(BatchHeader.TryRead(file.AsSpan(1_024), out var header));
        (header with { Sequence = header.Sequence + step }).WriteTo(file.AsSpan(1_024));

        var error = Assert.Throws<JournalCorruptException>(() => folder.Replay());

        Assert.Equal(1_024, error.Offset);
        Assert.Contains("where batch 2 belongs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_of_a_later_format_is_refused_and_kept()
    {
        var folder = new MemoryFolder();
        using (var journal = folder.Open())
            await journal.AppendAlone(JournalFixture.Record("first"));
        var file = folder.Get(JournalFixture.FirstFile);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(4), BatchHeader.FormatVersion + 1);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(44), Crc32C.Compute(file.AsSpan(0, 44)));

        Assert.Throws<NotSupportedException>(() => folder.Replay());
        Assert.Equal(512, file.Length);
    }

    [Fact]
    public async Task Files_that_are_none_of_the_journals_are_left_alone()
    {
        var (folder, starts) = await ThreeFiles();
        folder.Put("0000000000000000.journal.bak", [1]);
        folder.Put("ffffffffffffffff.journal", [1]);
        folder.Put("notes.txt", [1]);

        Assert.Equal(starts.Count, folder.Replay().Count);
    }

    /// <summary>Ten records of 900 bytes, a batch each, four to a file; and the addresses of the batches.</summary>
    private static async Task<(MemoryFolder Folder, List<long> Starts)> ThreeFiles()
    {
        var folder = new MemoryFolder();
        var starts = new List<long>();
        using var journal = folder.Open(JournalFixture.Small);
        for (var i = 0; i < 10; i++)
        {
            starts.Add(journal.DurablePosition);
            await journal.AppendAlone(JournalFixture.Record(900, i));
        }
        journal.Dispose();
        folder.Operations.Clear();
        return (folder, starts);
    }
}
