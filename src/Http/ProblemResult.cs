using System.Globalization;
using System.Text.Json;
using DurableObjects.Turns;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace DurableObjects.Http;

/// <summary>
/// An error as a problem document of RFC 9457, with the extensions <c>code</c>, <c>retryable</c>, <c>overloaded</c>. Its type is
/// <c>about:blank</c>, so that its title is the status's own phrase: what programs look at is the code.
/// </summary>
internal sealed class ProblemResult(Failure failure) : IResult
{
    private const string ContentType = "application/problem+json";

    /// <summary>The methods that the route takes, for a 405.</summary>
    public string? Allow { get; init; }

    /// <summary>Whether it is the remembered answer to an earlier request.</summary>
    public bool Replayed { get; init; }

    public Failure Failure => failure;

    /// <summary>A path that no route has.</summary>
    public static ProblemResult UnknownRoute(HttpRequest request) => new(
        new Failure(404, HttpErrorCodes.UnknownRoute, $"There is no route {request.Path}.", false, false, null));

    /// <summary>A route that does not take the request's method.</summary>
    public static ProblemResult MethodNotAllowed(string allow, string detail) =>
        new(new Failure(405, ErrorCodes.MethodNotAllowed, detail, false, false, null)) { Allow = allow };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.StatusCode = failure.Status;
        if (Allow is not null)
        {
            response.Headers.Allow = Allow;
        }
        if (failure.Overloaded || failure.RetryAfter is not null)
        {
            response.Headers.RetryAfter = Seconds(failure.RetryAfter).ToString(CultureInfo.InvariantCulture);
        }
        AnswerResult.MarkReplay(response, Replayed);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(
            new Document(
                "about:blank", ReasonPhrases.GetReasonPhrase(failure.Status), failure.Status, failure.Detail, failure.Code,
                failure.Retryable, failure.Overloaded),
            ObjectJson.Options);
        response.ContentType = ContentType;
        response.ContentLength = json.Length;
        return response.Body.WriteAsync(json, httpContext.RequestAborted).AsTask();
    }

    private static long Seconds(TimeSpan? wait) => Math.Max(1, (long)Math.Ceiling(wait.GetValueOrDefault().TotalSeconds));

    private sealed record Document(
        string Type, string Title, int Status, string Detail, string Code, bool Retryable, bool Overloaded);
}
