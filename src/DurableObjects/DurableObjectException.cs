namespace DurableObjects;

/// <summary>
/// The error of the model. A handler throws one to give its caller a chosen status and code; the runtime throws them for
/// everything it refuses. Over HTTP it becomes an RFC 9457 problem document with <c>code</c>, <c>retryable</c>, <c>overloaded</c>.
/// </summary>
public sealed class DurableObjectException : Exception
{
    /// <summary>An error with the HTTP status that it should have on its way out, a code for programs and a text for people.</summary>
    /// <param name="status">400 to 599.</param>
    /// <param name="code">A stable kebab-case word, such as those of <see cref="ErrorCodes"/>.</param>
    /// <param name="message">What is wrong, naming the field, the limit and the value where there is one.</param>
    /// <param name="innerException">What led to it, if anything.</param>
    public DurableObjectException(int status, string code, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 400);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 599);
        ArgumentException.ThrowIfNullOrEmpty(code);
        Status = status;
        Code = code;
    }

    /// <summary>The HTTP status, 400 to 599.</summary>
    public int Status { get; }

    /// <summary>A stable word for programs.</summary>
    public string Code { get; }

    /// <summary>Whether the same request may succeed later, unchanged.</summary>
    public bool Retryable { get; init; }

    /// <summary>Whether the reason is load: retry later and less.</summary>
    public bool Overloaded { get; init; }

    /// <summary>How long to wait before a retry, where that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    internal static DurableObjectException Invalid(string message, Exception? inner = null) =>
        new(400, ErrorCodes.InvalidArgument, message, inner);

    internal static DurableObjectException Misuse(string message) => new(500, ErrorCodes.InvalidUse, message);

    internal static DurableObjectException TooLarge(string what, long actual, long limit) =>
        new(413, ErrorCodes.TooLarge, $"{what} has {actual:N0} bytes; the limit is {limit:N0} bytes.");
}
