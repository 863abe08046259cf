namespace DurableObjects.Turns;

/// <summary>What a turn changed: the pages, and where that leaves the object.</summary>
/// <param name="Previous">The head that the commit builds on.</param>
/// <param name="Head">The head that it makes.</param>
/// <param name="Pages">The changed pages in the form of <see cref="PageSet"/>.</param>
/// <param name="Summary">What a host should know of the object from now on, without opening its database.</param>
public sealed record Commit(Head Previous, Head Head, ReadOnlyMemory<byte> Pages, ObjectSummary Summary)
{
    /// <summary>Whether it holds every page of the database, so that nothing before it is needed to rebuild it.</summary>
    public bool IsWhole { get; init; }
}
