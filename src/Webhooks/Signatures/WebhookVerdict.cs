using System.Diagnostics.CodeAnalysis;

namespace DurableObjects.Webhooks.Signatures;

/// <summary>What the check of a webhook came to.</summary>
public sealed class WebhookVerdict
{
    private WebhookVerdict(WebhookOutcome outcome, VerifiedWebhook? webhook, string? reason)
    {
        Outcome = outcome;
        Webhook = webhook;
        Reason = reason;
    }

    /// <summary>How it ended.</summary>
    public WebhookOutcome Outcome { get; }

    /// <summary>Whether the webhook can be taken.</summary>
    [MemberNotNullWhen(true, nameof(Webhook))]
    [MemberNotNullWhen(false, nameof(Reason), nameof(Message))]
    public bool IsVerified => Outcome == WebhookOutcome.Verified;

    /// <summary>The webhook, if it is verified.</summary>
    public VerifiedWebhook? Webhook { get; }

    /// <summary>Why it is not taken, one of <see cref="WebhookReasons"/>; for the operator alone.</summary>
    public string? Reason { get; }

    /// <summary>What the sender may be told. Of a refusal nothing more than that, for it may be somebody who tries things out.</summary>
    public string? Message => Outcome switch
    {
        WebhookOutcome.Verified => null,
        WebhookOutcome.Malformed => $"The signature is valid, but {Reason}.",
        _ => "The signature is not valid.",
    };

    internal static WebhookVerdict Verified(VerifiedWebhook webhook) => new(WebhookOutcome.Verified, webhook, null);

    internal static WebhookVerdict Refused(string reason) => new(WebhookOutcome.Refused, null, reason);

    internal static WebhookVerdict Malformed(string reason) => new(WebhookOutcome.Malformed, null, reason);
}
