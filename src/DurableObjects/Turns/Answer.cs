namespace DurableObjects.Turns;

/// <summary>What a turn gives its caller: a result, a response, or an error. Plain data, as the turn is.</summary>
public sealed record Answer
{
    /// <summary>The result as UTF-8 JSON; empty when the method has none.</summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>The response to a <see cref="FetchTurn"/>.</summary>
    public ObjectResponse? Response { get; init; }

    /// <summary>The error, if the turn failed.</summary>
    public Failure? Error { get; init; }

    /// <summary>The object's version after the turn: its ETag. 0 when the object does not exist.</summary>
    public long Version { get; init; }

    /// <summary>Whether this is the remembered answer of an earlier request with the same idempotency key.</summary>
    public bool Replayed { get; init; }

    /// <summary>An answer without a result.</summary>
    public static Answer Nothing { get; } = new();

    /// <summary>An answer that is an error.</summary>
    public static Answer Failed(Exception error) => new() { Error = Failure.From(error) };

    /// <summary>Throws the error, if there is one.</summary>
    /// <exception cref="DurableObjectException">The turn failed.</exception>
    public Answer OrThrow() => Error is null ? this : throw Error.ToException();
}
