using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DurableObjects.Docs.Tests;

/// <summary>What the pages show compiles, against the packages as they are.</summary>
public sealed class CodeTests
{
    /// <summary>What a web project that uses the objects has without saying so, and the namespaces of the objects.</summary>
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Net.Http.Json;
        global using System.Text.Json;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        global using DurableObjects;
        global using DurableObjects.Entities;
        global using DurableObjects.Workflows;
        """;

    private static readonly IReadOnlyList<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static TheoryData<CodeBlock> Blocks => [.. CodeBlock.All()];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Every_block_of_code_compiles(CodeBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);

        IReadOnlyList<string> errors = Errors(block.Complete());
        Assert.True(errors.Count == 0, string.Join('\n', errors));
    }

    [Fact]
    public void What_does_not_compile_is_noticed()
    {
        Assert.NotEmpty(Errors("public sealed class Broken(ObjectContext context) : DurableObject(context) { int x = Storage.Nothing(); }"));
    }

    private static IReadOnlyList<string> Errors(string code)
    {
        CSharpParseOptions options = new(LanguageVersion.Latest);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "page", [CSharpSyntaxTree.ParseText(Usings, options), CSharpSyntaxTree.ParseText(code, options)], References,
            new CSharpCompilationOptions(KindOf(code, options), nullableContextOptions: NullableContextOptions.Enable));
        return
        [
            .. compilation.GetDiagnostics().Where(one => one.Severity == DiagnosticSeverity.Error)
                .Select(one => $"{one.Location.GetLineSpan().StartLinePosition}: {one.GetMessage(CultureInfo.InvariantCulture)}"),
        ];
    }

    private static OutputKind KindOf(string code, CSharpParseOptions options) =>
        CSharpSyntaxTree.ParseText(code, options).GetRoot().ChildNodes().Any(node => node is GlobalStatementSyntax)
        ? OutputKind.ConsoleApplication
        : OutputKind.DynamicallyLinkedLibrary;
}
