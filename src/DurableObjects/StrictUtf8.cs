using System.Text;

namespace DurableObjects;

/// <summary>UTF-8 that refuses half a surrogate pair, because two keys must never become one on the way to disk.</summary>
internal static class StrictUtf8
{
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static int ByteCount(string text, string what)
    {
        try
        {
            return Encoding.GetByteCount(text);
        }
        catch (EncoderFallbackException error)
        {
            throw DurableObjectException.Invalid($"{what} has half a surrogate pair at position {error.Index}.", error);
        }
    }

    public static byte[] Bytes(string text, string what)
    {
        try
        {
            return Encoding.GetBytes(text);
        }
        catch (EncoderFallbackException error)
        {
            throw DurableObjectException.Invalid($"{what} has half a surrogate pair at position {error.Index}.", error);
        }
    }

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.GetString(bytes);
}
