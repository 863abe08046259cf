using System.Text.Json.Serialization;

namespace DurableObjects.Entities;

/// <summary>
/// An editor that is connected: what its socket remembers, and what <c>left</c> carries when the last of its sockets is gone.
/// </summary>
/// <param name="ClientId">The client ID of its collab extension.</param>
/// <param name="Name">What it calls itself, or null.</param>
public sealed record DocumentEditor([property: JsonPropertyName("clientID")] string ClientId, string? Name);
