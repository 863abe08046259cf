using System.ComponentModel;
using System.Reflection;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace DurableObjects.Cards;

/// <summary>
/// What a class is for, in its author's words: the summary in the documentation file that the compiler writes beside the assembly, else a
/// <see cref="DescriptionAttribute"/>.
/// </summary>
internal static class ClassPurpose
{
    /// <summary>The purpose as plain text; null if there is none.</summary>
    public static string? Of(Type type) =>
        Summary(FileOf(type.Assembly), type) ?? type.GetCustomAttribute<DescriptionAttribute>(inherit: false)?.Description;

    /// <summary>The summary of a type in a documentation file; null if the file or the summary is not there.</summary>
    public static string? Summary(string file, Type type)
    {
        if (!File.Exists(file))
        {
            return null;
        }
        string name = $"T:{type.FullName!.Replace('+', '.')}";
        try
        {
            XElement? summary = XDocument.Load(file).Descendants("member")
                .FirstOrDefault(member => (string?)member.Attribute("name") == name)?.Element("summary");
            string text = summary is null ? "" : PlainText(summary);
            return text.Length > 0 ? text : null;
        }
        catch (XmlException)
        {
            // A file that only people read must not be why a class has no card.
            return null;
        }
    }

    /// <summary>An assembly that was put into the program's own file has no place; its documentation lies beside the program.</summary>
    private static string FileOf(Assembly assembly) => assembly.Location is { Length: > 0 } location
        ? Path.ChangeExtension(location, ".xml")
        : Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml");

    private static string PlainText(XElement element)
    {
        StringBuilder text = new();
        Append(element, text);
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static void Append(XElement element, StringBuilder text)
    {
        foreach (XNode node in element.Nodes())
        {
            switch (node)
            {
                case XText words:
                    text.Append(words.Value);
                    break;
                case XElement { IsEmpty: true } named:
                    text.Append(NameIn(named));
                    break;
                case XElement inner:
                    Append(inner, text);
                    text.Append(inner.Name.LocalName is "para" or "item" or "term" ? " " : "");
                    break;
            }
        }
    }

    /// <summary>What an element without a text names: the last part of a reference, a parameter, a word of the language.</summary>
    private static string NameIn(XElement element)
    {
        if ((string?)element.Attribute("cref") is not { } reference)
        {
            return (string?)element.Attribute("langword") ?? (string?)element.Attribute("name") ?? " ";
        }
        string name = reference.Split('(')[0];
        return name[(name.LastIndexOfAny(['.', ':']) + 1)..].Split('`')[0];
    }
}
