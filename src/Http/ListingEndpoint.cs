using System.Buffers.Text;
using System.Text;
using System.Text.Json.Serialization;
using DurableObjects.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.Http;

/// <summary>Lists the classes, and the objects of a class a page at a time.</summary>
internal sealed class ListingEndpoint(IObjectHost host)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1_000;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public Task<IResult> ClassesAsync() => Task.FromResult<IResult>(AnswerResult.Json(200, new ClassList(
        [.. host.Classes.All.Where(one => !one.IsRuntime).Select(one => new ClassRow(
            one.Name,
            [.. one.Methods.OrderBy(method => method.Name, StringComparer.Ordinal)
                .Select(method => new MethodRow(method.Name, method.IsReadOnly))]))])));

    public async Task<IResult> ObjectsAsync(HttpRequest request, string className, CancellationToken cancellation)
    {
        host.PublicClass(className);
        string prefix = request.Query["prefix"].ToString();
        int limit = request.Number("limit", DefaultLimit, 1, MaxLimit);
        string? after = KeyOf(request.Query["cursor"]);
        // One more than asked for tells whether there is another page.
        IReadOnlyList<ObjectEntry> found = await host.ListAsync(className, prefix, after, limit + 1, cancellation);
        return AnswerResult.Json(200, new ObjectPage(
            [.. found.Take(limit).Select(RowOf)],
            found.Count > limit ? CursorAfter(found[limit - 1]) : null));
    }

    private static ObjectRow RowOf(ObjectEntry entry) => new(
        entry.Address.Id.ToString(), entry.Address.Name, entry.Summary.Head.ToString(), entry.Summary.Version,
        entry.Summary.Alarm, entry.Summary.Sockets, entry.LastActive);

    private static string CursorAfter(ObjectEntry entry) => Base64Url.EncodeToString(Utf8.GetBytes(entry.Address.Key));

    private static string? KeyOf(StringValues cursor)
    {
        if (cursor.Count == 0)
        {
            return null;
        }
        try
        {
            return Utf8.GetString(Base64Url.DecodeFromChars(cursor.ToString()));
        }
        catch (Exception error) when (error is FormatException or DecoderFallbackException)
        {
            throw ObjectRequests.Invalid($"The query's 'cursor' is not one that a page came with: '{cursor}'.", error);
        }
    }

    private sealed record ClassList(IReadOnlyList<ClassRow> Classes);

    private sealed record ClassRow(string Name, IReadOnlyList<MethodRow> Methods);

    private sealed record MethodRow(string Name, bool ReadOnly);

    private sealed record ObjectPage(
        IReadOnlyList<ObjectRow> Objects,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cursor);

    private sealed record ObjectRow(
        string Id, string? Name, string Head, long Version, DateTimeOffset? Alarm, int Sockets, DateTimeOffset? LastActive);
}
