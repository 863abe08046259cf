using System.Text;

namespace DurableObjects.Webhooks.Signatures;

/// <summary>
/// <c>stripe</c>: the header <c>Stripe-Signature: t={Unix seconds},v1={hex},v1={hex},v0={hex}</c>, with an HMAC-SHA256 over
/// <c>{t}.{body}</c> in each <c>v1</c>; every other element is passed over, <c>v0</c> too, which Stripe makes for tests and which must
/// not stand in for the other. The key is the UTF-8 of the secret as Stripe shows it, <c>whsec_</c> and all. The id is the body's
/// <c>id</c> (<c>evt_…</c>), the type its <c>type</c>.
/// </summary>
public sealed class StripeScheme : WebhookScheme
{
    private const string Header = "Stripe-Signature";
    private const string Time = "t";
    private const string Version = "v1";

    /// <inheritdoc/>
    public override string Name => "stripe";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Headers { get; } = [Header];

    /// <inheritdoc/>
    public override WebhookVerdict Verify(WebhookRequest request, IReadOnlyList<WebhookSecret> secrets, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(secrets);
        if (!request.TryOne(Header, out string header, out string reason))
        {
            return WebhookVerdict.Refused(reason);
        }
        string? timestamp = null;
        List<string> signatures = [];
        foreach (string element in header.Split(','))
        {
            // Of two times one would be signed and the other believed.
            if (element.Split('=', 2) is not [string name, string value] || (name == Time && timestamp is not null))
            {
                return WebhookVerdict.Refused(WebhookReasons.HeaderMalformed);
            }
            if (name == Time)
            {
                timestamp = value;
            }
            else if (name == Version)
            {
                signatures.Add(value);
            }
        }
        if (timestamp is null || !SignedTime.TryRead(timestamp, out DateTimeOffset time))
        {
            return WebhookVerdict.Refused(WebhookReasons.HeaderMalformed);
        }
        if (signatures.Count == 0)
        {
            return WebhookVerdict.Refused(WebhookReasons.NoKnownVersion);
        }
        byte[] head = Encoding.UTF8.GetBytes($"{timestamp}.");
        if (!SignatureMatch.Any(secrets, signatures, head, request.Body.Span, Convert.ToHexStringLower))
        {
            return WebhookVerdict.Refused(WebhookReasons.NoMatch);
        }
        if (SignedTime.Refusal(time, now) is { } refusal)
        {
            return WebhookVerdict.Refused(refusal);
        }
        if (EventBody.Read(request.Body.Span, "id", "type") is not [var id, var type])
        {
            return WebhookVerdict.Malformed(WebhookReasons.NotJson);
        }
        return !EventBody.IsName(id, WebhookLimits.IdCharacters) ? WebhookVerdict.Malformed(WebhookReasons.BadId)
            : !EventBody.IsName(type, WebhookLimits.TypeCharacters) ? WebhookVerdict.Malformed(WebhookReasons.BadType)
            : WebhookVerdict.Verified(new VerifiedWebhook(id, type, time));
    }

    private protected override WebhookSecret KeyOf(string text) => WebhookSecret.OfText(text, minBytes: 1);
}
