using System.Text.Json;

namespace DurableObjects;

/// <summary>What a connecting client came with.</summary>
/// <param name="Query">The query of the URL that it connected to.</param>
public sealed record SocketOpening(IReadOnlyDictionary<string, string> Query);

/// <summary>What a client sent with the target <c>message</c>.</summary>
/// <param name="Json">The argument as UTF-8 JSON, at most <see cref="Limits.SocketMessageBytes"/>.</param>
public sealed record SocketMessage(ReadOnlyMemory<byte> Json)
{
    /// <summary>The message, if it is a text; otherwise null.</summary>
    /// <exception cref="DurableObjectException">It is not JSON, or its text is no valid Unicode (400).</exception>
    public string? Text
    {
        get
        {
            try
            {
                Utf8JsonReader reader = new(Json.Span);
                return reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                throw DurableObjectException.Invalid($"The message is not a text: {error.Message}", error);
            }
        }
    }

    /// <summary>The message as a value.</summary>
    /// <exception cref="DurableObjectException">It does not have that shape (400).</exception>
    public T? As<T>()
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Json.Span, ObjectJson.Options);
        }
        catch (JsonException error)
        {
            throw DurableObjectException.Invalid($"The message is not a {typeof(T).Name}: {error.Message}", error);
        }
    }
}

/// <summary>Why a socket is gone.</summary>
/// <param name="Code">A code of RFC 6455: 1000 for a regular end, <see cref="GoingAway"/>, <see cref="AbnormalClosure"/>.</param>
/// <param name="Reason">A text for people, perhaps empty.</param>
public sealed record SocketClosing(int Code, string Reason)
{
    /// <summary>One side has left: the client, or the object that was deleted (RFC 6455, 7.4.1).</summary>
    public const int GoingAway = 1001;

    /// <summary>The object was returned to a bookmark; the client may connect again (IANA's registry of close codes).</summary>
    public const int ServiceRestart = 1012;

    /// <summary>The connection was lost without a word (RFC 6455, 7.4.1).</summary>
    public const int AbnormalClosure = 1006;
}

/// <summary>An answer that the host gives by itself to one text, without waking the object.</summary>
/// <param name="Request">The text of a message that asks, such as <c>ping</c>.</param>
/// <param name="Response">The text that is sent back with the target <c>message</c>, such as <c>pong</c>.</param>
public sealed record AutoResponse(string Request, string Response);
