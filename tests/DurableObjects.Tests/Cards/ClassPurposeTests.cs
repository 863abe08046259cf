using System.ComponentModel;
using DurableObjects.Breakers;
using DurableObjects.Cards;

namespace DurableObjects.Tests.Cards;

public sealed class ClassPurposeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("purpose-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_summary_that_the_compiler_wrote_beside_the_assembly_is_the_purpose() =>
        Assert.StartsWith("A circuit breaker that is shared by all", ClassPurpose.Of(typeof(CircuitBreaker)), StringComparison.Ordinal);

    [Fact]
    public void A_class_without_a_summary_has_its_description() => Assert.Equal("Is described.", ClassPurpose.Of(typeof(Described)));

    [Fact]
    public void A_class_without_either_has_no_purpose() => Assert.Null(ClassPurpose.Of(typeof(Mute)));

    [Theory]
    [InlineData("a  b\n   c", "a b c")]
    [InlineData("<see cref=\"T:A.B.Thing\"/>s", "Things")]
    [InlineData("<see cref=\"M:A.B.Do(System.Int32,System.String)\"/>", "Do")]
    [InlineData("<see cref=\"T:A.B.List`1\"/>", "List")]
    [InlineData("<see cref=\"T:A.B.Thing\">the thing</see>", "the thing")]
    [InlineData("<see langword=\"null\"/> or <paramref name=\"key\"/>", "null or key")]
    [InlineData("<c>x &lt; y</c>", "x < y")]
    [InlineData("<para>One.</para><para>Two.</para>", "One. Two.")]
    public void A_summary_becomes_plain_text(string summary, string expected) =>
        Assert.Equal(expected, ClassPurpose.Summary(Write($"<summary>{summary}</summary>"), typeof(Mute)));

    [Theory]
    [InlineData("<remarks>Nothing.</remarks>")]
    [InlineData("<summary>  </summary>")]
    [InlineData("<summary>")]
    public void A_file_that_says_nothing_has_no_summary(string content) =>
        Assert.Null(ClassPurpose.Summary(Write(content), typeof(Mute)));

    [Fact]
    public void A_file_that_is_not_there_has_no_summary() =>
        Assert.Null(ClassPurpose.Summary(Path.Combine(_folder, "none.xml"), typeof(Mute)));

    private string Write(string content)
    {
        string file = Path.Combine(_folder, "doc.xml");
        string name = typeof(Mute).FullName!.Replace('+', '.');
        File.WriteAllText(file, $"<doc><members><member name=\"T:{name}\">{content}</member></members></doc>");
        return file;
    }

    [Description("Is described.")]
    public sealed class Described;

    public sealed class Mute;
}
