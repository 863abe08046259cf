using System.Text;

namespace DurableObjects.Webhooks.Signatures;

/// <summary>
/// <c>standard-webhooks</c>: the Standard Webhooks specification, with symmetric signatures. An HMAC-SHA256 over
/// <c>{id}.{timestamp}.{body}</c>, one or more of them in <c>webhook-signature</c>, separated by spaces and each written
/// <c>v1,{base64}</c>; other versions, such as the asymmetric <c>v1a</c>, are passed over. The headers may as well begin with
/// <c>svix-</c>, as Svix sends them for those who have not changed it; they count only if there is no <c>webhook-signature</c>, and
/// never mixed.
/// <para>
/// The id is the header's. The type is the body's <c>type</c>, which the specification recommends and does not demand: empty if the
/// body has no such text. The body has to be a JSON object. A full stop within an id leaves nothing to misread, for behind it must
/// come a timestamp of digits alone and then such an object.
/// </para>
/// <para>A secret is one of</para>
/// <list type="bullet">
/// <item><c>whsec_{base64}</c>, or the base64 alone: the key is what it stands for, 24 to 64 bytes. What the specification has, and
/// Polar gives since 8 September 2026.</item>
/// <item><c>polar_whs_…</c>: the key is the UTF-8 of the whole text, as Polar signs with its first kind of secret; its SDK makes
/// base64 of that text before it hands it to a Standard Webhooks library.</item>
/// <item><c>text:…</c>: the key is the UTF-8 of what follows the colon, 24 bytes at least. For secrets that Polar gave in between,
/// <c>text:whsec_…</c> with 43 characters behind the underscore, and for those that its users chose.</item>
/// </list>
/// </summary>
public sealed class StandardWebhooksScheme : WebhookScheme
{
    private const string Prefix = "webhook-";
    private const string SvixPrefix = "svix-";
    private const string Version = "v1,";
    private const string EncodedSecret = "whsec_";
    private const string PolarSecret = "polar_whs_";
    private const string TextSecret = "text:";

    /// <inheritdoc/>
    public override string Name => "standard-webhooks";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Headers { get; } =
        [.. new[] { Prefix, SvixPrefix }.SelectMany(prefix => new[] { $"{prefix}id", $"{prefix}timestamp", $"{prefix}signature" })];

    /// <inheritdoc/>
    public override WebhookVerdict Verify(WebhookRequest request, IReadOnlyList<WebhookSecret> secrets, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(secrets);
        string prefix = request.Header(Prefix + "signature").Count == 0 && request.Header(SvixPrefix + "signature").Count > 0
            ? SvixPrefix
            : Prefix;
        if (!request.TryOne(prefix + "signature", out string signed, out string reason)
            || !request.TryOne(prefix + "id", out string id, out reason)
            || !request.TryOne(prefix + "timestamp", out string timestamp, out reason))
        {
            return WebhookVerdict.Refused(reason);
        }
        if (!SignedTime.TryRead(timestamp, out DateTimeOffset time))
        {
            return WebhookVerdict.Refused(WebhookReasons.HeaderMalformed);
        }
        List<string> signatures = [.. signed.Split(' ')
            .Where(part => part.StartsWith(Version, StringComparison.Ordinal))
            .Select(part => part[Version.Length..])];
        if (signatures.Count == 0)
        {
            return WebhookVerdict.Refused(WebhookReasons.NoKnownVersion);
        }
        byte[] head = Encoding.UTF8.GetBytes($"{id}.{timestamp}.");
        if (!SignatureMatch.Any(secrets, signatures, head, request.Body.Span, Convert.ToBase64String))
        {
            return WebhookVerdict.Refused(WebhookReasons.NoMatch);
        }
        if (SignedTime.Refusal(time, now) is { } refusal)
        {
            return WebhookVerdict.Refused(refusal);
        }
        if (!EventBody.IsName(id, WebhookLimits.IdCharacters))
        {
            return WebhookVerdict.Malformed(WebhookReasons.BadId);
        }
        if (EventBody.Read(request.Body.Span, "type") is not [var type])
        {
            return WebhookVerdict.Malformed(WebhookReasons.NotJson);
        }
        return string.IsNullOrEmpty(type) || EventBody.IsName(type, WebhookLimits.TypeCharacters)
            ? WebhookVerdict.Verified(new VerifiedWebhook(id, type ?? "", time))
            : WebhookVerdict.Malformed(WebhookReasons.BadType);
    }

    private protected override WebhookSecret KeyOf(string text)
    {
        if (text.StartsWith(TextSecret, StringComparison.Ordinal))
        {
            return WebhookSecret.OfText(text[TextSecret.Length..], WebhookLimits.MinKeyBytes);
        }
        if (text.StartsWith(PolarSecret, StringComparison.Ordinal))
        {
            return WebhookSecret.OfText(text, WebhookLimits.MinKeyBytes);
        }
        try
        {
            return WebhookSecret.OfBase64(text.StartsWith(EncodedSecret, StringComparison.Ordinal) ? text[EncodedSecret.Length..] : text);
        }
        catch (FormatException error)
        {
            throw new FormatException(
                $"{error.Message}. It can be {EncodedSecret} and base64 of {WebhookLimits.MinKeyBytes} to {WebhookLimits.MaxKeyBytes} "
                + $"bytes, the base64 alone, or {TextSecret} before a text whose UTF-8 is the key, such as a secret that begins with "
                + $"{EncodedSecret} and that Polar gave before 8 September 2026");
        }
    }
}
