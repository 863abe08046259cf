namespace DurableObjects;

/// <summary>A whole HTTP request, as an object sees it.</summary>
/// <param name="Method">The HTTP method, upper case.</param>
/// <param name="Path">What follows <c>/fetch</c> in the route, starting with a slash.</param>
/// <param name="Query">The query string without its question mark.</param>
/// <param name="Headers">Names (compared without regard to case) and values; credentials of the host are left out.</param>
/// <param name="Body">The body, at most <see cref="Limits.RequestBytes"/>.</param>
public sealed record ObjectRequest(
    string Method,
    string Path,
    string Query,
    IReadOnlyDictionary<string, string> Headers,
    ReadOnlyMemory<byte> Body);
