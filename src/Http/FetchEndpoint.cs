using DurableObjects.Hosting;
using DurableObjects.Turns;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.Http;

/// <summary>
/// Hands a whole request to an object and its whole response to the client. <c>ETag</c> and <c>If-Match</c> are the object's own
/// here; the runtime takes only <c>Idempotency-Key</c>. The API key (header <c>x-functions-key</c>, query <c>code</c>) is the
/// host's and goes no further, whereas <c>Authorization</c> and <c>Cookie</c> are the object's.
/// </summary>
internal sealed class FetchEndpoint(IObjectHost host, RequestBody bodies)
{
    public async Task<IResult> FetchAsync(
        HttpRequest request, string className, string key, string? path, Caller caller, CancellationToken cancellation)
    {
        ObjectAddress address = request.Address(host, className, key);
        ObjectRequest fetched = new(
            request.Method.ToUpperInvariant(),
            RawPath.AfterFetch(request, className, key, path),
            QueryWithoutApiKey(request.QueryString),
            HeadersOf(request),
            await bodies.ReadAsync(request, cancellation));
        FetchTurn turn = new(fetched)
        {
            Caller = caller,
            IdempotencyKey = request.IdempotencyKey(),
            TraceParent = request.TraceParent(),
        };
        Answer answer = await host.RunAsync(address, turn, cancellation);
        return answer.Response is { } response
            ? new ResponseResult(response, answer.Replayed)
            : AnswerResult.Of(answer, status: 204);
    }

    private static Dictionary<string, string> HeadersOf(HttpRequest request)
    {
        Dictionary<string, string> headers = new(request.Headers.Count, StringComparer.OrdinalIgnoreCase);
        foreach ((string name, StringValues values) in request.Headers)
        {
            if (!ConnectionHeaders.Contains(name) && !name.Equals(ApiKeyCallers.Header, StringComparison.OrdinalIgnoreCase))
            {
                // RFC 9110, section 5.3; cookies are the exception of RFC 9113, section 8.2.3.
                string separator = name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? "; " : ", ";
                headers[name] = string.Join(separator, values.ToArray());
            }
        }
        return headers;
    }

    private static string QueryWithoutApiKey(QueryString query)
    {
        if (!query.HasValue)
        {
            return "";
        }
        return string.Join('&', query.Value[1..].Split('&').Where(part => !IsApiKey(part)));
    }

    private static bool IsApiKey(string part) => Uri.UnescapeDataString(part.Split('=', 2)[0].Replace('+', ' '))
        .Equals(ApiKeyCallers.QueryParameter, StringComparison.OrdinalIgnoreCase);
}
