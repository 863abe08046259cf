using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Embedded.Tests.Journal;

/// <summary>A crash keeps any subset of the last batch's sectors, and any length of the file.</summary>
public class TornBatchTests
{
    private const int Sector = 512;
    private const int Sectors = 10;

    [Fact]
    public async Task Whatever_remains_of_the_last_batch_it_is_whole_or_gone()
    {
        var torn = await Torn.Create();
        var damages = Gen.Choose(0, (1 << Sectors) - 1)
            .SelectMany(kept => Gen.Choose(0, Sectors * Sector + 2 * Sector), (kept, length) => (kept, length)).ToArbitrary();

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2_000).WithReplay(20_251_120UL, 7UL).WithQuietOnSuccess(true),
            Prop.ForAll(damages, damage => torn.Holds(damage.kept, damage.length)));
    }

    [Fact]
    public async Task The_last_batch_cut_at_every_length_is_whole_or_gone()
    {
        var torn = await Torn.Create();

        for (var length = 0; length <= (Sectors + 1) * Sector; length++)
            Assert.True(torn.Holds((1 << Sectors) - 1, length), $"cut to {length} bytes");
    }

    [Fact]
    public async Task The_last_batch_with_every_subset_of_its_sectors_is_whole_or_gone()
    {
        var torn = await Torn.Create();

        for (var kept = 0; kept < 1 << Sectors; kept++)
            Assert.True(torn.Holds(kept, (Sectors + 1) * Sector), $"kept sectors {kept:b}");
    }

    [Fact]
    public async Task A_torn_first_batch_leaves_an_empty_journal()
    {
        var folder = new MemoryFolder();
        using (var journal = folder.Open())
            await journal.AppendAlone(JournalFixture.Record(2_000, 1));
        folder.Get(JournalFixture.FirstFile)[600] ^= 1;

        Assert.Empty(folder.Replay());
        using (var journal = folder.Open())
            await journal.AppendAlone(JournalFixture.Record("again"));
        Assert.Single(folder.Replay());
    }

    [Fact]
    public async Task A_torn_first_batch_of_a_later_file_is_cut_and_the_numbers_go_on()
    {
        var folder = new MemoryFolder();
        using (var journal = folder.Open(JournalFixture.Small))
        {
            for (var i = 0; i < 3; i++)
                await journal.AppendAlone(JournalFixture.Record(1_900, i));
        }
        var last = JournalSegment.NameOf(4_096);
        folder.Get(last)[700] ^= 1;
        var from = folder.Copy();

        Assert.Equal(2, folder.Replay().Count);
        Assert.Empty(from.Replay(4_096));
        Assert.Empty(from.Get(last));
        using (var journal = from.Open(JournalFixture.Small, 4_096))
            await journal.AppendAlone(JournalFixture.Record("again"));
        Assert.Equal(3, from.Replay().Count);
    }

    [Fact]
    public async Task The_last_batch_is_written_again_at_start_since_the_page_cache_may_hold_what_the_disk_does_not()
    {
        var folder = new MemoryFolder();
        using (var journal = folder.Open())
            await journal.AppendAlone(JournalFixture.Record(700, 1));
        var before = folder.Get(JournalFixture.FirstFile).ToArray();
        folder.Operations.Clear();

        folder.Replay();

        Assert.Equal(["write " + JournalFixture.FirstFile, "flush " + JournalFixture.FirstFile, "folder /memory"], folder.Operations);
        Assert.Equal(before, folder.Get(JournalFixture.FirstFile));
    }

    /// <summary>A journal of two batches, the second of which is to be damaged.</summary>
    private sealed class Torn(byte[] whole, int lastBatch, List<byte[]> payloads)
    {
        public static async Task<Torn> Create()
        {
            var folder = new MemoryFolder();
            var records = Enumerable.Range(0, 4).Select(i => JournalFixture.Record(1_150 + i, i)).ToList();
            using (var journal = folder.Open())
                await journal.AppendTogether(records);
            var whole = folder.Get(JournalFixture.FirstFile);
            Assert.Equal((Sectors + 1) * Sector, whole.Length);
            return new Torn(whole, Sector, [[0], .. records.Select(r => r.Payload)]);
        }

        /// <summary>Whether a journal survives a last batch with only some sectors, cut or extended to a length.</summary>
        public bool Holds(int kept, int length)
        {
            var damaged = whole.ToArray();
            for (var i = 0; i < Sectors; i++)
            {
                if ((kept >> i & 1) == 0)
                    damaged.AsSpan(lastBatch + i * Sector, Sector).Clear();
            }
            length = Math.Max(length, lastBatch);
            Array.Resize(ref damaged, length);
            var padded = damaged.ToArray();
            Array.Resize(ref padded, Math.Max(length, whole.Length));
            var survives = padded.AsSpan(0, whole.Length).SequenceEqual(whole);

            var folder = new MemoryFolder();
            folder.Put(JournalFixture.FirstFile, damaged);
            var expected = survives ? payloads : payloads[..1];
            var replayed = new List<(long Position, byte[] Payload)>();
            using (var journal = folder.Open(JournalFixture.Small, replayed: replayed))
            {
                if (!Same(replayed, expected) || folder.Get(JournalFixture.FirstFile).Length != journal.DurablePosition)
                    return false;
                // What is written over the remains must be all that is ever found.
                journal.Append(new TestRecord([42]));
            }
            return Same(folder.Replay(), [.. expected, [42]]);
        }

        private static bool Same(List<(long Position, byte[] Payload)> replayed, List<byte[]> expected) =>
            replayed.Count == expected.Count && replayed.Zip(expected).All(pair => pair.First.Payload.SequenceEqual(pair.Second));
    }
}
