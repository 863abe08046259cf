using DurableObjects.Webhooks.Queue;

namespace DurableObjects.Webhooks.Deliveries;

/// <summary>A target did not take a webhook.</summary>
/// <param name="result">What the audit trail says of it.</param>
/// <param name="isDown">Whether it counts for the circuit breaker: a target that decides about a request is up.</param>
/// <param name="retryAfter">When the target wants to be asked again.</param>
/// <param name="innerException">What led to it.</param>
internal sealed class ForwardingException(AttemptResult result, bool isDown, TimeSpan? retryAfter, Exception? innerException)
    : Exception(result.Error, innerException)
{
    public AttemptResult Result { get; } = result;

    /// <summary>The error of the attempt.</summary>
    /// <param name="longest">The longest that the target may ask to be left alone.</param>
    public DurableObjectException ToError(TimeSpan longest) => new(
        isDown ? 502 : 422,
        Result.Outcome switch
        {
            WebhookAttemptOutcome.Rejected => WebhookErrorCodes.Rejected,
            WebhookAttemptOutcome.TimedOut => WebhookErrorCodes.TimedOut,
            _ => WebhookErrorCodes.Failed,
        }, Message, this)
    {
        Retryable = isDown,
        RetryAfter = retryAfter > longest ? longest : retryAfter,
    };
}
