using DurableObjects.Turns;

namespace DurableObjects.Archive;

/// <summary>A commit on its way into the archive.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Before">The hash of the head that it builds on.</param>
/// <param name="At">When it was made.</param>
/// <param name="Exists">Whether the object existed after it.</param>
/// <param name="IsWhole">Whether it holds every page.</param>
/// <param name="Pages">Its <see cref="PageSet"/>.</param>
public readonly record struct ArchivedCommit(
    long Number, UInt128 Before, DateTimeOffset At, bool Exists, bool IsWhole, ReadOnlyMemory<byte> Pages);
