using System.Security.Cryptography;
using System.Text;

namespace DurableObjects.Entities;

/// <summary>A taken seat as stored: with the digest of its token, so that who reads the storage cannot play.</summary>
internal sealed record GameChair(string Name, string TokenDigest, DateTimeOffset? BackBy = null, bool WantsRematch = false)
{
    public static string DigestOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    public GamePlayer ToPlayer() => new(Name, BackBy, WantsRematch);
}
