using System.Globalization;
using System.Text;

namespace DurableObjects;

/// <summary>Text that came from outside, fit for a log: no control character, so that nobody can forge a line of it.</summary>
internal static class LogText
{
    public static string Of(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }
        StringBuilder plain = new(text.Length + 16);
        foreach (char character in text)
        {
            _ = char.IsControl(character)
                ? plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}")
                : plain.Append(character);
        }
        return plain.ToString();
    }
}
