using DurableObjects.Archive;

namespace DurableObjects.Functions.Archive;

/// <summary>A piece in a listing.</summary>
/// <param name="Name">The piece.</param>
/// <param name="ETag">The version of its blob. A piece that is written again has the same content and another ETag.</param>
/// <param name="LastModified">When it was last written, by the storage's clock.</param>
/// <param name="Length">Its bytes.</param>
public sealed record ArchiveEntry(PieceName Name, string ETag, DateTimeOffset LastModified, long Length);
