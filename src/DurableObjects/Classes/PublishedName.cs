using System.Text.RegularExpressions;

namespace DurableObjects.Classes;

/// <summary>The names that object classes, workflows and activities are published under.</summary>
internal static partial class PublishedName
{
    /// <summary>Refuses what is none.</summary>
    /// <exception cref="ArgumentException">It is not kebab-case, or too long.</exception>
    public static void Check(string name, Type type, string parameter)
    {
        if (name.Length > Limits.ClassNameCharacters || !KebabCase().IsMatch(name))
        {
            throw new ArgumentException(
                $"'{name}' is no name for {type}: lower-case letters, digits and single hyphens, starting with a letter, "
                + $"{Limits.ClassNameCharacters} characters at most.", parameter);
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    private static partial Regex KebabCase();
}
