using System.Security.Cryptography;
using System.Text;

namespace DurableObjects.Webhooks.Signatures;

/// <summary>The key that a source signs with. It never shows itself: not as text, not in an error.</summary>
public sealed class WebhookSecret
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _key;

    private WebhookSecret(byte[] key) => _key = key;

    /// <summary>The key is the text's UTF-8.</summary>
    /// <exception cref="FormatException">It is half a surrogate pair, or shorter than that many bytes.</exception>
    internal static WebhookSecret OfText(string text, int minBytes)
    {
        byte[] key;
        try
        {
            key = StrictUtf8.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            // Without the inner exception, which has characters of the secret.
            throw new FormatException("it is not valid Unicode");
        }
        return key.Length >= minBytes
            ? new WebhookSecret(key)
            : throw new FormatException($"it has {key.Length} bytes, and must have {minBytes} at least");
    }

    /// <summary>The key is what the text, standard base64 with its padding, stands for.</summary>
    /// <exception cref="FormatException">It is no base64, or has fewer or more bytes than a key can have.</exception>
    internal static WebhookSecret OfBase64(string text)
    {
        byte[] key = new byte[text.Length];
        // The decoder skips white space, which is in a secret only by mistake.
        if (text.Any(char.IsWhiteSpace) || !Convert.TryFromBase64String(text, key, out int bytes))
        {
            throw new FormatException("it is not base64 (with + and /, and padded with =)");
        }
        return bytes is >= WebhookLimits.MinKeyBytes and <= WebhookLimits.MaxKeyBytes
            ? new WebhookSecret(key[..bytes])
            : throw new FormatException(
                $"it is base64 of {bytes} bytes, and must be of {WebhookLimits.MinKeyBytes} to {WebhookLimits.MaxKeyBytes}");
    }

    /// <summary>The HMAC-SHA256 over the two, one after the other.</summary>
    internal byte[] Sign(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        using IncrementalHash hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hmac.AppendData(head);
        hmac.AppendData(body);
        return hmac.GetHashAndReset();
    }
}
