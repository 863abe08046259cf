using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace DurableObjects.Functions.Catalogue;

/// <summary>
/// Text as part of a blob's name: base32hex (RFC 4648) in lower case without padding, over the text's UTF-8 bytes. Blobs are listed in the
/// order of their names, and that is the ordinal order of the texts, with one thing put right: UTF-8 sorts characters beyond the basic
/// plane last, UTF-16, and so .NET's ordinal order, before U+E000. The first bytes of UTF-8 sequences from there on (0xEE, 0xEF for the
/// basic plane, 0xF0 to 0xF4 beyond it, and no other byte is as large) are therefore swapped as groups.
/// </summary>
internal static class OrderedText
{
    private const string Alphabet = "0123456789abcdefghijklmnopqrstuv";
    private const int BitsPerCharacter = 5;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Encodes a text, which has no half of a surrogate pair.</summary>
    public static string Encode(string text) => Characters(Bytes(text), roundUp: true);

    /// <summary>What the encodings of all texts with a prefix begin with: those characters that the prefix decides.</summary>
    public static string EncodePrefix(string prefix) => Characters(Bytes(prefix), roundUp: false);

    /// <summary>The text that was encoded; false if none was, or an empty one.</summary>
    public static bool TryDecode(string characters, [NotNullWhen(true)] out string? text)
    {
        text = null;
        byte[] bytes = new byte[characters.Length * BitsPerCharacter / 8];
        int bits = 0;
        int count = 0;
        int index = 0;
        foreach (char character in characters)
        {
            int value = Alphabet.IndexOf(character, StringComparison.Ordinal);
            if (value < 0)
            {
                return false;
            }
            bits = (bits << BitsPerCharacter) | value;
            count += BitsPerCharacter;
            if (count >= 8)
            {
                count -= 8;
                bytes[index++] = FromOrdered((byte)(bits >> count));
                bits &= (1 << count) - 1;
            }
        }
        try
        {
            text = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        return text.Length > 0 && Encode(text) == characters;
    }

    private static byte[] Bytes(string text)
    {
        byte[] bytes = Strict.GetBytes(text);
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = ToOrdered(bytes[i]);
        }
        return bytes;
    }

    private static byte ToOrdered(byte value) => value switch
    {
        0xEE or 0xEF => (byte)(value + 5),
        >= 0xF0 and <= 0xF4 => (byte)(value - 2),
        _ => value,
    };

    private static byte FromOrdered(byte value) => value switch
    {
        0xF3 or 0xF4 => (byte)(value - 5),
        >= 0xEE and <= 0xF2 => (byte)(value + 2),
        _ => value,
    };

    private static string Characters(byte[] bytes, bool roundUp)
    {
        StringBuilder characters = new((bytes.Length * 8 / BitsPerCharacter) + 1);
        int bits = 0;
        int count = 0;
        foreach (byte value in bytes)
        {
            bits = (bits << 8) | value;
            count += 8;
            while (count >= BitsPerCharacter)
            {
                count -= BitsPerCharacter;
                characters.Append(Alphabet[bits >> count]);
                bits &= (1 << count) - 1;
            }
        }
        if (roundUp && count > 0)
        {
            characters.Append(Alphabet[bits << (BitsPerCharacter - count)]);
        }
        return characters.ToString();
    }
}
