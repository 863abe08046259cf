namespace DurableObjects.Http;

/// <summary>The values of a problem's <c>code</c> that only HTTP has, beside those of <see cref="ErrorCodes"/>.</summary>
public static class HttpErrorCodes
{
    /// <summary>No route has that path (404).</summary>
    public const string UnknownRoute = "unknown-route";

    /// <summary>A body of a type that the route does not take (415).</summary>
    public const string UnsupportedMediaType = "unsupported-media-type";

    /// <summary>The request breaks HTTP itself, such as a body that ends early (400).</summary>
    public const string MalformedRequest = "malformed-request";

    /// <summary>The host itself failed; its log says how (500).</summary>
    public const string Internal = "internal";
}
