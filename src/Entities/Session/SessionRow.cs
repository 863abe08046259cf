using System.Security.Cryptography;

namespace DurableObjects.Entities;

/// <summary>A session as the table has it: times in milliseconds.</summary>
internal sealed record SessionRow(
    string Id, byte[] Hash, string Device, long CreatedAt, long SeenAt, long Ttl, long ExpiresAt, long EndsAt)
{
    /// <summary>A row that no secret opens.</summary>
    public static SessionRow None { get; } = new("", new byte[SHA256.HashSizeInBytes], "", 0, 0, 0, 0, 0);

    /// <summary>The session as callers see it.</summary>
    public SessionState ToState() => new(Id, Device, Time(CreatedAt), Time(SeenAt), Time(ExpiresAt), Time(EndsAt));

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
