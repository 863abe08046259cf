using System.Globalization;

namespace DurableObjects.Webhooks.Signatures;

/// <summary>The timestamp of a signature: Unix seconds in decimal digits and nothing else.</summary>
internal static class SignedTime
{
    // The last second that a DateTimeOffset knows, 9999-12-31T23:59:59Z, has as many.
    private const int MaxDigits = 12;

    private static readonly long MaxSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    public static bool TryRead(string text, out DateTimeOffset time)
    {
        time = default;
        // The parser alone would let trailing NULs through.
        if (text.Length > MaxDigits
            || !text.All(char.IsAsciiDigit)
            || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            || seconds > MaxSeconds)
        {
            return false;
        }
        time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }

    /// <summary>The reason why a time is too far from now, or null.</summary>
    public static string? Refusal(DateTimeOffset time, DateTimeOffset now)
    {
        TimeSpan age = now - time;
        return age > WebhookLimits.Tolerance ? WebhookReasons.TooOld
            : age < -WebhookLimits.Tolerance ? WebhookReasons.TooNew
            : null;
    }
}
