using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;

namespace DurableObjects.Embedded.Tests.Journal;

/// <summary>Random work, cut off by a power failure at a random operation, again and again.</summary>
public class PowerFailureTests
{
    [Fact]
    public async Task What_was_acknowledged_survives_and_what_survives_is_a_beginning_of_what_was_appended()
    {
        for (var seed = 0; seed < 150; seed++)
            await Run(new Random(seed), seed);
    }

    private static async Task Run(Random random, int seed)
    {
        var folder = new MemoryFolder();
        var expected = new List<byte[]>();
        long replayFrom = 0;
        for (var life = 0; life < 8; life++)
        {
            var operations = random.Next(60);
            var powered = true;
            folder.Before = _ =>
            {
                powered = powered && operations-- > 0;
                if (!powered)
                    throw new IOException("The power failed.");
            };
            var appended = new List<TestRecord>();
            var replayed = new List<(long Position, byte[] Payload)>();
            try
            {
                using var journal = folder.Open(JournalFixture.Small, replayFrom, replayed);
                Assert.Equal(expected, replayed.Select(r => r.Payload));
                for (var group = random.Next(8); group >= 0; group--)
                {
                    var records = Enumerable.Range(0, random.Next(1, 8))
                        .Select(_ => JournalFixture.Record(random.Next(20) == 0 ? random.Next(9_000) : random.Next(700), random.Next()))
                        .ToList();
                    appended.Add(await journal.AppendTogether(records));
                    appended.AddRange(records);
                    await appended[^1].Durable;
                    if (random.Next(6) == 0)
                    {
                        // What lies before is archived, says the host: it need not be replayed, and its files may go.
                        replayFrom = journal.DurablePosition;
                        expected.Clear();
                        appended.Clear();
                        journal.DeleteBefore(replayFrom);
                    }
                }
            }
            catch (Exception error) when (!powered && error is IOException or JournalFaultedException)
            {
            }
            if (random.Next(4) > 0 || !powered)
                folder = folder.AfterPowerFailure(random);
            folder.Before = null;

            var survived = folder.Copy().Replay(replayFrom).Select(r => r.Payload).ToList();
            var all = expected.Concat(appended.Select(r => r.Payload)).ToList();
            var acknowledged = expected.Count + appended.Count(r => r.IsDurable);
            Assert.True(survived.Count >= acknowledged, $"seed {seed}, life {life}: {survived.Count} of {acknowledged} survived");
            Assert.Equal(all.Take(survived.Count), survived);
            expected = survived;
        }
    }
}
