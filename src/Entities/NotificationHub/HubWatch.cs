namespace DurableObjects.Entities;

/// <summary>What a subscriber watches: a topic, an area, or a topic within an area.</summary>
/// <param name="Topic">The topic filter, or null for all topics.</param>
/// <param name="Area">Where, or null for everywhere and nowhere: then a post needs no position.</param>
/// <param name="Since">Since when, in UTC.</param>
public sealed record HubWatch(string? Topic, GeoBox? Area, DateTimeOffset Since);
