using System.Text.Json.Serialization;

namespace DurableObjects.Functions.Objects;

/// <summary>The operations of an object's entity.</summary>
public static class ObjectOperations
{
    /// <summary>A turn from outside; its answer is kept for the caller. Input: <see cref="CallRequest"/>.</summary>
    public const string Call = "call";

    /// <summary>A signal from another object. Input: <see cref="SignalRequest"/>.</summary>
    public const string Signal = "signal";

    /// <summary>A receiver has committed signals. Input: <see cref="StreamAck"/>, whose object is the receiver.</summary>
    public const string Acknowledge = "acknowledge";

    /// <summary>A receiver could not take a signal: send all again that it has not acknowledged.</summary>
    public const string Resend = "resend";

    /// <summary>An alarm's orchestration fires. Input: <see cref="ClockRequest"/>.</summary>
    public const string Clock = "clock";

    /// <summary>Something waits in the committed state to be sent. Every batch does that first, so there is nothing else to do.</summary>
    public const string Drain = "drain";

    /// <summary>Ends the object and has its history removed. Input: <see cref="CallRequest"/>.</summary>
    public const string Purge = "purge";

    /// <summary>The sweep has found the object to have ended before the retention: its history goes, unless it lives again.</summary>
    public const string Expire = "expire";
}

/// <summary>A turn from outside on its way to the object.</summary>
public sealed record CallRequest
{
    /// <summary>The call's id; deliveries with the same one run once. A UUID of version 7 in 32 hex digits.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>When it was sent, in milliseconds since 1970.</summary>
    [JsonPropertyName("at")]
    public required long At { get; init; }

    /// <summary>Whether somebody waits for the answer.</summary>
    [JsonPropertyName("awaited")]
    public bool IsAwaited { get; init; }

    /// <summary>The object's name, if it was addressed by one.</summary>
    [JsonPropertyName("name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>The packed turn, or null if it is a payload.</summary>
    [JsonPropertyName("turn"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Turn { get; init; }

    /// <summary>The payload that holds the packed turn.</summary>
    [JsonPropertyName("payload"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Payload { get; init; }

    /// <summary>
    /// For what comes from a socket: the packed <see cref="Turns.SocketOpenedTurn"/> of its connection, since the client may have sent its
    /// first message before the object has heard of it.
    /// </summary>
    [JsonPropertyName("opened"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Opened { get; init; }
}

/// <summary>A signal on its way from one object to another.</summary>
/// <param name="SenderClass">The sender's class.</param>
/// <param name="SenderId">The sender's id.</param>
/// <param name="Name">The receiver's name, if the sender addressed it by one.</param>
/// <param name="Signal">The packed signal, or null if it is a payload.</param>
/// <param name="Payload">The payload that holds it.</param>
public sealed record SignalRequest(
    [property: JsonPropertyName("class")] string SenderClass,
    [property: JsonPropertyName("from")] string SenderId,
    [property: JsonPropertyName("name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name,
    [property: JsonPropertyName("signal"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Signal,
    [property: JsonPropertyName("payload"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Payload);

/// <summary>An alarm's orchestration fires.</summary>
/// <param name="Epoch"><see cref="ObjectState.Epoch"/>.</param>
/// <param name="Number"><see cref="AlarmMark.Number"/>.</param>
public sealed record ClockRequest(
    [property: JsonPropertyName("epoch")] long Epoch, [property: JsonPropertyName("n")] long Number);
