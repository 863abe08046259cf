using System.Globalization;

namespace DurableObjects.Turns;

/// <summary>
/// An object's position: the number of its newest commit and a hash over all of them, each chained to the one before, so that
/// two histories with the same head are the same history.
/// </summary>
/// <param name="Commit">The commit's number; 0 before the first.</param>
/// <param name="Hash">The first 16 bytes of SHA-256 over the previous hash and the commit's content.</param>
public readonly record struct Head(long Commit, UInt128 Hash)
{
    /// <summary>The position before the first commit.</summary>
    public static Head None => default;

    /// <summary>Number and hash as text: <c>12-0123…</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Commit}-{Hash:x32}");
}
