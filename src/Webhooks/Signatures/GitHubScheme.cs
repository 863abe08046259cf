namespace DurableObjects.Webhooks.Signatures;

/// <summary>
/// <c>github</c>: the header <c>X-Hub-Signature-256: sha256={hex}</c>, an HMAC-SHA256 over the body alone; the older SHA-1 in
/// <c>X-Hub-Signature</c> is not looked at. The key is the UTF-8 of the secret.
/// <para>
/// The id is <c>X-GitHub-Delivery</c>. The type is <c>X-GitHub-Event</c>, and where the body is a JSON object with a text
/// <c>action</c>, that after a full stop, as GitHub's own libraries write it: <c>issues.opened</c>, but <c>push</c>. A webhook that
/// GitHub sends as a form has the event alone.
/// </para>
/// <para>
/// GitHub signs neither of those headers, and no time: the timestamp is now. Whoever once got hold of a signed body can send it again
/// at any time, under another id and event. So a source of this kind belongs behind HTTPS, and what it does should follow from the body.
/// </para>
/// </summary>
public sealed class GitHubScheme : WebhookScheme
{
    private const string Header = "X-Hub-Signature-256";
    private const string Version = "sha256=";
    private const string DeliveryHeader = "X-GitHub-Delivery";
    private const string EventHeader = "X-GitHub-Event";

    /// <inheritdoc/>
    public override string Name => "github";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Headers { get; } = [Header, DeliveryHeader, EventHeader];

    /// <inheritdoc/>
    public override WebhookVerdict Verify(WebhookRequest request, IReadOnlyList<WebhookSecret> secrets, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(secrets);
        if (!request.TryOne(Header, out string header, out string reason))
        {
            return WebhookVerdict.Refused(reason);
        }
        if (!header.StartsWith(Version, StringComparison.Ordinal))
        {
            return WebhookVerdict.Refused(WebhookReasons.NoKnownVersion);
        }
        if (!SignatureMatch.Any(secrets, [header[Version.Length..]], [], request.Body.Span, Convert.ToHexStringLower))
        {
            return WebhookVerdict.Refused(WebhookReasons.NoMatch);
        }
        if (!request.TryOne(DeliveryHeader, out string id, out _) || !EventBody.IsName(id, WebhookLimits.IdCharacters))
        {
            return WebhookVerdict.Malformed(WebhookReasons.BadId);
        }
        if (!request.TryOne(EventHeader, out string type, out _) || type.Length == 0)
        {
            return WebhookVerdict.Malformed(WebhookReasons.BadType);
        }
        if (EventBody.Read(request.Body.Span, "action") is [{ Length: > 0 } action])
        {
            type = $"{type}.{action}";
        }
        return EventBody.IsName(type, WebhookLimits.TypeCharacters)
            ? WebhookVerdict.Verified(new VerifiedWebhook(id, type, now))
            : WebhookVerdict.Malformed(WebhookReasons.BadType);
    }

    private protected override WebhookSecret KeyOf(string text) => WebhookSecret.OfText(text, minBytes: 1);
}
