using System.Runtime.CompilerServices;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Harness;

/// <summary>An object as the test host holds it: its history, and what is open of it now.</summary>
internal sealed class HostedObject(ObjectAddress address, string path) : IObjectHistory, IDisposable
{
    public ObjectAddress Address { get; } = address;

    public string Path { get; } = path;

    public List<Commit> Commits { get; } = [];

    public ObjectSummary Summary { get; set; } = ObjectSummary.None;

    public DateTimeOffset? LastActive { get; set; }

    public ObjectActivation? Activation { get; set; }

    public ObjectReader? Reader { get; set; }

    /// <summary>Held while a turn runs.</summary>
    public SemaphoreSlim Lane { get; } = new(1, 1);

    /// <summary>Held while the reader runs a call.</summary>
    public SemaphoreSlim ReaderLane { get; } = new(1, 1);

    /// <summary>Commits up to this one are forgotten, as if they were older than the retention.</summary>
    public long Forgotten { get; set; }

    public ValueTask<Moment?> OldestAsync(CancellationToken cancellation) =>
        new(Kept.FirstOrDefault() is { } oldest ? MomentOf(oldest) : null);

    public ValueTask<Moment?> FindAsync(long commit, CancellationToken cancellation) =>
        new(Kept.FirstOrDefault(one => one.Head.Commit == commit) is { } found ? MomentOf(found) : null);

    public ValueTask<Moment?> FindAsync(DateTimeOffset time, CancellationToken cancellation) =>
        new(Kept.LastOrDefault(one => one.Summary.CommittedAt <= time) is { } found ? MomentOf(found) : null);

    public async IAsyncEnumerable<HistoricPages> NewestFirstAsync(
        long commit, PageFilter? isWanted, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.Yield();
        foreach (Commit one in Commits.AsEnumerable().Reverse().SkipWhile(one => one.Head.Commit > commit))
        {
            yield return new HistoricPages(one.Head.Commit, one.Pages);
        }
    }

    private IEnumerable<Commit> Kept => Commits.Where(commit => commit.Head.Commit > Forgotten);

    private static Moment MomentOf(Commit commit) =>
        new(commit.Head.Commit, commit.Summary.CommittedAt, commit.Summary.Exists);

    /// <summary>Closes what is open. The files stay.</summary>
    public void Hibernate()
    {
        Reader?.Dispose();
        Reader = null;
        Activation?.Dispose();
        Activation = null;
    }

    public void Dispose()
    {
        Hibernate();
        Lane.Dispose();
        ReaderLane.Dispose();
    }
}
