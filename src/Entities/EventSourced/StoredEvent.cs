using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>An event as readers outside see it.</summary>
/// <param name="Position">Counts up from 1 in the object, without gaps.</param>
/// <param name="Stream">What it is about within the object; empty if the object has one stream only.</param>
/// <param name="Type">The published name of its type.</param>
/// <param name="Version">The version of the type, which is the newest one, whatever it was stored in.</param>
/// <param name="At">When it was appended, in UTC.</param>
/// <param name="Data">What happened.</param>
public sealed record StoredEvent(long Position, string Stream, string Type, int Version, DateTimeOffset At, JsonElement Data);
