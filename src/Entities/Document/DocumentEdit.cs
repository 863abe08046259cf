using System.Text.Json.Serialization;

namespace DurableObjects.Entities;

/// <summary>What one editor did within a while, as the history keeps it.</summary>
/// <param name="Id">Counts up from 1 in the document.</param>
/// <param name="ClientId">The editor; <see cref="Document.OwnClientId"/> for a version that was restored.</param>
/// <param name="Author">Who, as the caller said, or null.</param>
/// <param name="FromVersion">The version before the first of its updates.</param>
/// <param name="Version">The version after the last. Updates of others may lie in between.</param>
/// <param name="StartedAt">When the first came, in UTC.</param>
/// <param name="EndedAt">When the last came.</param>
/// <param name="Inserted">Characters (UTF-16) inserted.</param>
/// <param name="Deleted">Characters (UTF-16) deleted.</param>
public sealed record DocumentEdit(
    long Id,
    [property: JsonPropertyName("clientID")] string ClientId,
    string? Author,
    long FromVersion,
    long Version,
    DateTimeOffset StartedAt,
    DateTimeOffset EndedAt,
    long Inserted,
    long Deleted);
