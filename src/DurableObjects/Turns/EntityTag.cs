using System.Globalization;

namespace DurableObjects.Turns;

/// <summary>
/// An ETag of RFC 9110: the object's version, which is the number of the commit that last changed its user data. It does not
/// move when only the runtime's own tables change.
/// </summary>
/// <param name="Version">The version, or null for <c>*</c>: any, so long as the object exists.</param>
public readonly record struct EntityTag(long? Version)
{
    /// <summary>Reads an <c>If-Match</c> header with one tag. Weak tags never match, as RFC 9110 has it, and are refused.</summary>
    /// <exception cref="DurableObjectException">The text is not one strong tag.</exception>
    public static EntityTag Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<char> tag = text.AsSpan().Trim();
        if (tag is "*")
        {
            return new EntityTag(null);
        }
        if (tag.Length > 2 && tag[0] == '"' && tag[^1] == '"'
            && long.TryParse(tag[1..^1], NumberStyles.None, CultureInfo.InvariantCulture, out long version))
        {
            return new EntityTag(version);
        }
        throw DurableObjectException.Invalid($"If-Match takes one tag that this object gave out, such as \"12\", or *; it was '{text}'.");
    }

    /// <summary>The tag as it stands in a header.</summary>
    public override string ToString() => Version is { } version ? $"\"{version.ToString(CultureInfo.InvariantCulture)}\"" : "*";
}
