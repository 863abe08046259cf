using DurableObjects.Turns;

namespace DurableObjects.Harness;

/// <summary>An object as the test host holds it: its history, and what is open of it now.</summary>
internal sealed class HostedObject(ObjectAddress address, string path) : IDisposable
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

    public IEnumerable<ReadOnlyMemory<byte>> NewestFirst(long upTo) =>
        Commits.AsEnumerable().Reverse().SkipWhile(commit => commit.Head.Commit > upTo).Select(commit => commit.Pages);

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
