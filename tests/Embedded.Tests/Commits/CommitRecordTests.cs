using System.Text;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Commits;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.Commits;

public class CommitRecordTests
{
    private static readonly ObjectAddress Named = ObjectAddress.OfName("probe", "äöü €");

    [Fact]
    public void A_commit_comes_back_as_it_went_in()
    {
        ObjectSummary summary = new(new Head(8, 9), 7, true)
        {
            Alarm = DateTimeOffset.FromUnixTimeMilliseconds(1_000),
            WakeAt = DateTimeOffset.FromUnixTimeMilliseconds(500),
            Outbox = 1,
            Parked = 2,
            Sockets = 3,
            AutoResponse = new AutoResponse("ping", "pöng"),
        };
        CatalogueEntry entry = new(Named) { LastAppended = 4_711 };

        Commit commit = new(new Head(7, UInt128.MaxValue), summary.Head, "pages"u8.ToArray(), summary);
        StoredCommit stored = StoredCommit.Read(Write(entry, commit, 5_000));

        Assert.Equal(Named, stored.Address);
        Assert.Equal(4_711, stored.PreviousRecord);
        Assert.Equal(new Head(7, UInt128.MaxValue), stored.Previous);
        Assert.Equal(summary, stored.Summary);
        Assert.Equal("pages", Encoding.UTF8.GetString(stored.Pages));
    }

    [Fact]
    public void Each_names_the_one_before_it_even_if_that_is_not_durable_yet()
    {
        ObjectAddress unique = new("probe", ObjectId.Unique("probe"), null);
        CatalogueEntry entry = new(unique);
        Commit commit = new(Head.None, new Head(1, 1), new byte[3], new ObjectSummary(new Head(1, 1), 0, false));

        StoredCommit first = StoredCommit.Read(Write(entry, commit, 100));
        StoredCommit second = StoredCommit.Read(Write(entry, commit, 200));

        Assert.Equal(-1, first.PreviousRecord);
        Assert.Equal(100, second.PreviousRecord);
        Assert.Equal(200, entry.LastAppended);
        Assert.Equal(-1, entry.LastRecord);
        Assert.Equal(unique, first.Address);
        Assert.Equal(commit.Summary, second.Summary);
    }

    [Fact]
    public void A_purge_is_not_a_commit_and_reaches_the_catalogue_before_whoever_waits_for_it()
    {
        bool isPurged = false;
        PurgeRecord record = new(Named, () => isPurged = true);
        byte[] payload = new byte[record.Length];
        record.WriteTo(payload, 0);

        Assert.Equal(PurgeRecord.Kind, payload[0]);
        Assert.Equal(Named, PurgeRecord.Read(payload));
        Assert.Throws<InvalidDataException>(() => StoredCommit.Read(payload).PreviousRecord);
        Assert.False(record.Durable.IsCompleted);
        record.OnDurable();
        Assert.True(isPurged);
        Assert.True(record.Durable.IsCompletedSuccessfully);
    }

    private static byte[] Write(CatalogueEntry entry, Commit commit, long position)
    {
        CommitRecord record = new(entry, commit, null!);
        byte[] payload = new byte[record.Length];
        record.WriteTo(payload, position);
        return payload;
    }
}
