namespace DurableObjects.Webhooks.Signatures;

/// <summary>
/// A way to sign webhooks. Checking one never throws for what is in it, whoever sent it: it is verified, refused or malformed.
/// </summary>
public abstract class WebhookScheme
{
    private protected WebhookScheme()
    {
    }

    /// <summary>Every scheme.</summary>
    public static IReadOnlyList<WebhookScheme> All { get; } = [new StandardWebhooksScheme(), new StripeScheme(), new GitHubScheme()];

    /// <summary>The name under which a source is configured to use it.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The headers that a signature is checked with, or that are checked with it: what is kept of a request's, so that whoever a webhook
    /// is forwarded to can check it too.
    /// </summary>
    public abstract IReadOnlyList<string> Headers { get; }

    /// <summary>The scheme of that name, in lower case as they are; null if there is none.</summary>
    public static WebhookScheme? Find(string? name) => All.FirstOrDefault(scheme => scheme.Name == name);

    /// <summary>A secret as the sender gives it to its users.</summary>
    /// <exception cref="FormatException">It is none for this scheme. The message goes on from "the secret is refused:".</exception>
    public WebhookSecret ReadSecret(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0)
        {
            throw new FormatException("it is empty");
        }
        if (text.Length > WebhookLimits.SecretCharacters)
        {
            throw new FormatException($"it has {text.Length:N0} characters; the limit is {WebhookLimits.SecretCharacters:N0}");
        }
        // What a file or a copy adds at the ends would be part of a key.
        if (char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
        {
            throw new FormatException("it begins or ends with white space");
        }
        return KeyOf(text);
    }

    /// <summary>Checks a webhook. Any one of the secrets will do, so that the old and the new one are good while one is replaced.</summary>
    /// <param name="request">The webhook as it came.</param>
    /// <param name="secrets">The secrets of its source; with none it is refused.</param>
    /// <param name="now">The time, which a signed timestamp may be <see cref="WebhookLimits.Tolerance"/> away from.</param>
    public abstract WebhookVerdict Verify(WebhookRequest request, IReadOnlyList<WebhookSecret> secrets, DateTimeOffset now);

    /// <summary>The key of a text that is not empty, not too long and without white space around it.</summary>
    /// <exception cref="FormatException">It is none for this scheme.</exception>
    private protected abstract WebhookSecret KeyOf(string text);
}
