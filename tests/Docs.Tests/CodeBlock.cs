using System.Text.RegularExpressions;

namespace DurableObjects.Docs.Tests;

/// <summary>A block of C# on a page of the documentation.</summary>
/// <param name="Page">The page below docs, such as <c>objects/scheduler.md</c>.</param>
/// <param name="Number">Which of the page's blocks of C# it is, from 1.</param>
/// <param name="Code">What stands in it.</param>
public sealed partial record CodeBlock(string Page, int Number, string Code)
{
    private const string Place = "// the page";

    /// <summary>Where a page leaves out a body that is the reader's.</summary>
    private const string LeftOut = "=> …";

    /// <summary>Tutorials whose blocks make one project: tests/Readme builds and runs it.</summary>
    private static readonly IReadOnlyList<string> BuiltElsewhere = ["first-object.md", "testing.md"];

    private static string Folder => AppContext.BaseDirectory;

    /// <summary>
    /// What the page takes for granted, with a line <c>// the page</c> where the block goes: <c>Given/objects.scheduler.1.cs</c>. A
    /// block without such a file stands for itself.
    /// </summary>
    private string Given => Path.Combine(Folder, "Given", $"{Page.Replace('/', '.').Replace(".md", "", StringComparison.Ordinal)}.{Number}.cs");

    /// <summary>All blocks of all pages.</summary>
    public static IEnumerable<CodeBlock> All()
    {
        string docs = Path.Combine(Folder, "docs");
        foreach (string file in Directory.EnumerateFiles(docs, "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string page = Path.GetRelativePath(docs, file).Replace('\\', '/');
            if (BuiltElsewhere.Contains(page))
            {
                continue;
            }
            int number = 0;
            foreach (Match match in Fence().Matches(File.ReadAllText(file)))
            {
                yield return new CodeBlock(page, ++number, match.Groups[1].Value);
            }
        }
    }

    /// <summary>The whole of what is compiled.</summary>
    public string Complete()
    {
        string code = Code.Replace(LeftOut, "=> throw new NotImplementedException();", StringComparison.Ordinal);
        return File.Exists(Given) ? File.ReadAllText(Given).Replace(Place, code, StringComparison.Ordinal) : code;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Page}, block {Number}";

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();
}
