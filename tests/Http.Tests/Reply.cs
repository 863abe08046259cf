using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http.Tests;

/// <summary>What a client would have got.</summary>
internal sealed record Reply(int Status, IHeaderDictionary Headers, byte[] Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string Code => (string)Json["code"]!;

    public string Detail => (string)Json["detail"]!;

    public static async Task<Reply> OfAsync(HttpContext context, IResult result)
    {
        using MemoryStream body = new();
        context.Response.Body = body;
        await result.ExecuteAsync(context);
        return new Reply(context.Response.StatusCode, context.Response.Headers, body.ToArray());
    }

    /// <summary>That it is a problem document as RFC 9457 and DESIGN have it.</summary>
    public Reply MustBeProblem(int status, string code)
    {
        Assert.Equal(status, Status);
        Assert.Equal("application/problem+json", Headers.ContentType.ToString());
        Assert.Equal(
            ["type", "title", "status", "detail", "code", "retryable", "overloaded"],
            Json.AsObject().Select(property => property.Key));
        Assert.Equal("about:blank", (string)Json["type"]!);
        Assert.Equal(status, (int)Json["status"]!);
        Assert.Equal(JsonValueKind.String, Json["detail"]!.GetValueKind());
        Assert.Equal(code, Code);
        return this;
    }
}
