using System.Text.Json;
using DurableObjects.Turns;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>Writes bytes, of JSON unless said otherwise, or none, without anything between them and the response.</summary>
/// <param name="status">The status.</param>
/// <param name="body">UTF-8; empty for no body.</param>
internal sealed class AnswerResult(int status, ReadOnlyMemory<byte> body = default) : IResult
{
    public const string ContentType = "application/json; charset=utf-8";

    private const string ReplayedHeader = "Idempotency-Replayed";

    /// <summary>The object's version, which becomes the <c>ETag</c>; 0 for none.</summary>
    public long Version { get; init; }

    public bool Replayed { get; init; }

    public string Type { get; init; } = ContentType;

    public string? Location { get; init; }

    /// <summary>What a turn answered: its error, or the status with its result, or 204 without one.</summary>
    public static IResult Of(Answer answer, int status) => answer.Error is { } error
        ? new ProblemResult(error) { Replayed = answer.Replayed }
        : new AnswerResult(status, answer.Json) { Version = answer.Version, Replayed = answer.Replayed };

    /// <summary>A value as JSON.</summary>
    public static AnswerResult Json<T>(int status, T value) =>
        new(status, JsonSerializer.SerializeToUtf8Bytes(value, ObjectJson.Options));

    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.StatusCode = status;
        if (Version > 0)
        {
            response.Headers.ETag = new EntityTag(Version).ToString();
        }
        MarkReplay(response, Replayed);
        if (Location is not null)
        {
            response.Headers.Location = Location;
        }
        if (body.IsEmpty)
        {
            return Task.CompletedTask;
        }
        response.ContentType = Type;
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }

    public static void MarkReplay(HttpResponse response, bool replayed)
    {
        if (replayed)
        {
            response.Headers[ReplayedHeader] = "true";
        }
    }
}
