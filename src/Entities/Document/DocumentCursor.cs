using System.Text.Json.Serialization;

namespace DurableObjects.Entities;

/// <summary>Where an editor's selection is: what <c>cursor</c> carries, and <c>cursors</c> a list of.</summary>
/// <param name="ClientId">The editor.</param>
/// <param name="Name">What it calls itself, or null.</param>
/// <param name="Anchor">The side of the selection that stays, in UTF-16 units.</param>
/// <param name="Head">The side that moves; for a mere cursor the same.</param>
/// <param name="Version">The version of the document that these positions are for.</param>
public sealed record DocumentCursor(
    [property: JsonPropertyName("clientID")] string ClientId, string? Name, int Anchor, int Head, long Version);
