using System.Buffers;
using DurableObjects.Turns;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>Writes what an object answered to a fetch as it gave it, but for what belongs to the connection.</summary>
internal sealed class ResponseResult : IResult
{
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private readonly ObjectResponse _response;
    private readonly bool _replayed;

    /// <summary>Checks the response before any of it is sent.</summary>
    /// <exception cref="DurableObjectException">A header is none (500): RFC 9110, section 5, in ASCII.</exception>
    public ResponseResult(ObjectResponse response, bool replayed)
    {
        foreach ((string name, string value) in response.Headers)
        {
            if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(TokenCharacters) || !IsFieldValue(value))
            {
                throw new DurableObjectException(
                    500, ErrorCodes.HandlerFailed,
                    $"OnFetch answered with the header '{name}', whose name or value HTTP does not allow.");
            }
        }
        _response = response;
        _replayed = replayed;
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.StatusCode = _response.Status;
        foreach ((string name, string value) in _response.Headers)
        {
            if (!ConnectionHeaders.Contains(name))
            {
                response.Headers[name] = value;
            }
        }
        AnswerResult.MarkReplay(response, _replayed);
        if (_response.Status is 204 or 205 or 304)
        {
            return Task.CompletedTask;
        }
        response.ContentLength = _response.Body.Length;
        return HttpMethods.IsHead(httpContext.Request.Method) || _response.Body.IsEmpty
            ? Task.CompletedTask
            : response.Body.WriteAsync(_response.Body, httpContext.RequestAborted).AsTask();
    }

    private static bool IsFieldValue(string value) => value.All(one => one is '\t' or (>= ' ' and <= '~'));

}
