namespace DurableObjects.Storage;

/// <summary>The half-open range of key bytes that list options mean.</summary>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive; null for no bound.</param>
internal readonly record struct KeyRange(byte[] From, byte[]? To)
{
    public bool IsEmpty => To is not null && From.AsSpan().SequenceCompareTo(To) >= 0;

    public static KeyRange Of(ListOptions options)
    {
        if (options.Start is not null && options.StartAfter is not null)
        {
            throw DurableObjectException.Invalid("List takes Start or StartAfter, not both.");
        }
        if (options.Limit is <= 0)
        {
            throw DurableObjectException.Invalid($"List: Limit must be positive; it was {options.Limit}.");
        }
        byte[] from = Utf8(options.Start, nameof(options.Start));
        if (options.StartAfter is not null)
        {
            // The smallest key after another is that key and a zero byte.
            from = [.. Utf8(options.StartAfter, nameof(options.StartAfter)), 0];
        }
        byte[]? to = options.End is null ? null : Utf8(options.End, nameof(options.End));
        if (!string.IsNullOrEmpty(options.Prefix))
        {
            byte[] prefix = Utf8(options.Prefix, nameof(options.Prefix));
            from = Max(from, prefix);
            // No byte of UTF-8 is 255, so this is above every key with the prefix and below every other that follows.
            byte[] afterPrefix = [.. prefix, 0xff];
            to = to is null || afterPrefix.AsSpan().SequenceCompareTo(to) < 0 ? afterPrefix : to;
        }
        return new KeyRange(from, to);
    }

    private static byte[] Utf8(string? text, string name) => text is null ? [] : StrictUtf8.Bytes(text, $"List: {name}");

    private static byte[] Max(byte[] left, byte[] right) => left.AsSpan().SequenceCompareTo(right) >= 0 ? left : right;
}
