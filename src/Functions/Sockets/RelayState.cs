using System.Text.Json.Serialization;

namespace DurableObjects.Functions.Sockets;

/// <summary>The state of an object's relay: how far it has sent, and what it still owes.</summary>
public sealed record RelayState
{
    /// <summary>The object's life to which <see cref="LastSequence"/> belongs.</summary>
    [JsonPropertyName("epoch")]
    public long Epoch { get; init; }

    /// <summary>The last entry that was carried out.</summary>
    [JsonPropertyName("last")]
    public long LastSequence { get; init; }

    /// <summary>
    /// Connections that are open against the object's will, since the service did not close them when asked. What goes to the group
    /// leaves them out.
    /// </summary>
    [JsonPropertyName("unclosed"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<UnclosedSocket>? Unclosed { get; init; }

    /// <summary>When the relay has asked itself to try again, in milliseconds since 1970; null if it has not.</summary>
    [JsonPropertyName("retry"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? RetryAt { get; init; }
}

/// <summary>A connection that is yet to be closed.</summary>
/// <param name="ConnectionId">The connection.</param>
/// <param name="Reason">What its client is told.</param>
/// <param name="Attempts">How often it was tried.</param>
public sealed record UnclosedSocket(
    [property: JsonPropertyName("id")] string ConnectionId,
    [property: JsonPropertyName("reason")] string Reason,
    [property: JsonPropertyName("attempts")] int Attempts);
