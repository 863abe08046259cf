namespace DurableObjects.Turns;

/// <summary>An error as data, so that it can cross a process and come out as the exception it was.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The code of <see cref="DurableObjectException.Code"/>.</param>
/// <param name="Detail">The text for people.</param>
/// <param name="Retryable">Whether the same request may succeed later.</param>
/// <param name="Overloaded">Whether the reason is load.</param>
/// <param name="RetryAfter">How long to wait before a retry, where that is known.</param>
public sealed record Failure(int Status, string Code, string Detail, bool Retryable, bool Overloaded, TimeSpan? RetryAfter)
{
    /// <summary>
    /// Whether the failure is the handler's decision about the request, not an accident on the way: only such an answer is worth
    /// remembering under an idempotency key, since repeating the request could not have been meant to change it.
    /// </summary>
    public bool IsDecision => Status < 500 && !Retryable;

    /// <summary>The failure that an exception means. Any but <see cref="DurableObjectException"/> is the handler's (500).</summary>
    public static Failure From(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error is DurableObjectException known
            ? new Failure(known.Status, known.Code, known.Message, known.Retryable, known.Overloaded, known.RetryAfter)
            : new Failure(500, ErrorCodes.HandlerFailed, $"{error.GetType().Name}: {error.Message}", false, false, null);
    }

    /// <summary>The exception to throw where the caller is code.</summary>
    public DurableObjectException ToException() =>
        new(Status, Code, Detail) { Retryable = Retryable, Overloaded = Overloaded, RetryAfter = RetryAfter };
}
