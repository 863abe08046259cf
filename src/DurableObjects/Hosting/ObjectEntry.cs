using DurableObjects.Turns;

namespace DurableObjects.Hosting;

/// <summary>An object as a host's catalogue knows it.</summary>
/// <param name="Address">The object.</param>
/// <param name="Summary">What its last durable commit said of it.</param>
/// <param name="LastActive">When it last committed or answered, as far as the host knows; null if it has not since its start.</param>
public sealed record ObjectEntry(ObjectAddress Address, ObjectSummary Summary, DateTimeOffset? LastActive);
