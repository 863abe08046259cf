using DurableObjects.Turns;

namespace DurableObjects.History;

/// <summary>Pages of an object's database after one of its commits.</summary>
/// <param name="Commit">The commit's number.</param>
/// <param name="Pages">A <see cref="PageSet"/>: what the commit changed, or a part of a snapshot taken after it.</param>
public readonly record struct HistoricPages(long Commit, ReadOnlyMemory<byte> Pages);

/// <summary>Whether any page of a range is wanted, so that a history need not read the others.</summary>
/// <param name="first">The first page's number.</param>
/// <param name="last">The last page's number.</param>
public delegate bool PageFilter(uint first, uint last);
