using DurableObjects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DurableObjects.Functions.Http;

/// <summary>
/// The Functions host does not hand requests on as they came: it decodes the path but for what stays escaped, and escapes it again, after
/// which <c>a%2Fb</c> and <c>a%252Fb</c> look the same, as do <c>%FF</c> and <c>%25FF</c>. Two keys must never become one, so where a key
/// has a percent sign left, either the front ends of App Service tell what was sent, or it is refused.
/// </summary>
internal static class ForwardedTarget
{
    /// <summary>What App Service's front ends tell: path and query as the client sent them.</summary>
    public const string Header = "X-WAWS-Unencoded-URL";

    private const string Key = "key";

    /// <summary>Gives the request the target that the client has sent, if it is known; the answer that refuses it, if it must be.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isOnAppService">Whether the front ends are there, which write the header whatever a client has put into it.</param>
    public static IResult? Restore(HttpRequest request, bool isOnAppService)
    {
        if (isOnAppService && request.Headers[Header] is [{ Length: > 0 } sent] && sent[0] == '/'
            && request.HttpContext.Features.Get<IHttpRequestFeature>() is { } feature)
        {
            feature.RawTarget = sent;
            return null;
        }
        return request.RouteValues[Key] is string key && key.Contains('%', StringComparison.Ordinal)
            ? ObjectEndpoints.Problem(new DurableObjectException(
                400, ErrorCodes.InvalidArgument,
                $"The key '{key}' may stand for several: the Functions host does not tell whether a % or a / was escaped once or twice. "
                + "Address this object by its id."))
            : null;
    }
}
