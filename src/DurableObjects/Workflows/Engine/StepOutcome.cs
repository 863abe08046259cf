using System.Text.Json;
using DurableObjects.Turns;

namespace DurableObjects.Workflows;

/// <summary>What has come of an attempt or of a child workflow: a value, nothing, or a failure. Plain data.</summary>
/// <param name="Value">The value.</param>
/// <param name="Error">Why it failed.</param>
public sealed record StepOutcome(JsonElement? Value, Failure? Error)
{
    /// <summary>
    /// The names of the exception that it failed with, for <see cref="RetryPolicy.DoNotRetry"/>; null for one of the model's own.
    /// </summary>
    public IReadOnlyList<string>? ErrorTypes { get; init; }

    /// <summary>
    /// Whether no attempt was made, since the circuit breaker is open: it is to be asked again after <see cref="Failure.RetryAfter"/>.
    /// </summary>
    public bool WasRefused { get; init; }

    /// <summary>A success.</summary>
    public static StepOutcome Of(JsonElement? value) => new(value, null);

    /// <summary>A failure.</summary>
    public static StepOutcome Failed(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new StepOutcome(null, Failure.From(error).Short())
        {
            ErrorTypes = error is DurableObjectException ? null : [error.GetType().FullName ?? error.GetType().Name, error.GetType().Name],
        };
    }
}
