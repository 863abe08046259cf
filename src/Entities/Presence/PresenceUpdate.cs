using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What a member says of itself anew. What is left out stays as it is.</summary>
/// <param name="Status">Up to <see cref="Presence.StatusCharacters"/> characters.</param>
/// <param name="Away">Whether it is away.</param>
/// <param name="Meta">Any JSON of up to <see cref="Presence.MetaBytes"/>, nested up to <see cref="JsonLimits.Depth"/> deep.</param>
public sealed record PresenceUpdate(string? Status = null, bool? Away = null, JsonElement? Meta = null);
