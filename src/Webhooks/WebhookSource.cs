using DurableObjects.Webhooks.Signatures;

namespace DurableObjects.Webhooks;

/// <summary>Somebody who sends webhooks: how they are signed, and what becomes of them.</summary>
public sealed class WebhookSource
{
    /// <summary>The name in the URL: lower-case letters, digits and single hyphens, starting with a letter.</summary>
    public required string Name { get; init; }

    /// <summary>How its webhooks are signed.</summary>
    public required WebhookScheme Scheme { get; init; }

    /// <summary>The secrets that its webhooks may be signed with, any one of them.</summary>
    public required IReadOnlyList<WebhookSecret> Secrets { get; init; }

    /// <summary>Where deliveries go that no handler takes; null if those are only kept.</summary>
    public Uri? ForwardTo { get; init; }

    /// <summary>How often a delivery is tried before it is given up on, the first time included. Standard Webhooks' example: 10.</summary>
    public int MaxAttempts { get; init; } = 10;

    /// <summary>How long the second attempt waits after the first.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an attempt waits after the one before it at most, also where the target asks for more.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How many times as long each attempt waits as the one before it.</summary>
    public double Factor { get; init; } = 2.0;

    /// <summary>The share of a delay, 0 to 1, that chance may take off it, so that what failed together is not tried together.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>How long one attempt may take. Standard Webhooks: 15 to 30 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What becomes of the others once a delivery is given up on.</summary>
    public DeadLetterPolicy OnDeadLetter { get; init; } = DeadLetterPolicy.Continue;

    /// <summary>
    /// Deliveries that one queue may hold that wait, run or are dead letters; what comes then is refused, and its sender tries again.
    /// </summary>
    public int MaxWaiting { get; init; } = 10_000;

    /// <summary>How long a delivery is kept, and its id known, after it ended. A dead letter is kept until it is decided on.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Checks a webhook that came in its name.</summary>
    /// <param name="request">The webhook as it came.</param>
    /// <param name="now">The time.</param>
    public WebhookVerdict Verify(WebhookRequest request, DateTimeOffset now) => Scheme.Verify(request, Secrets, now);
}
