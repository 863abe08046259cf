using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// A source that is asked by GET. Only the operator says where: a key fills its place in the path or the query, percent-encoded, and
/// redirects are not followed. 200 with JSON or text is a value, 404 and 410 are "not there", anything else is a failure.
/// </summary>
internal sealed class HttpCacheSource : ICacheSource
{
    /// <summary>The name of the client: configure it under this, as with a handler of your own.</summary>
    public const string ClientName = "DurableObjects.Cache";

    private const string Place = "{key}";

    private readonly string _url;
    private readonly IReadOnlyDictionary<string, string> _headers;
    private readonly IHttpClientFactory _clients;

    /// <exception cref="ArgumentException">The URL cannot be used.</exception>
    public HttpCacheSource(string name, string url, IReadOnlyDictionary<string, string> headers, IHttpClientFactory clients)
    {
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        int path = scheme < 0 ? -1 : url.IndexOf('/', scheme + 3);
        bool isPlaced = path > 0 && url.IndexOf(Place, StringComparison.Ordinal) > path;
        if (!isPlaced || !Uri.TryCreate(url.Replace(Place, "x", StringComparison.Ordinal), UriKind.Absolute, out Uri? uri)
            || uri.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException(
                $"{CacheSources.Section}:{name}:Url is '{url}'; it must be http or https, with {Place} in its path or query.");
        }
        (_url, _headers, _clients) = (url, headers, clients);
    }

    public async Task<CacheLoad> LoadAsync(string key, CancellationToken cancellation)
    {
        if (key is "." or "..")
        {
            // A path treats them as steps, however they are encoded.
            return CacheLoad.NotThere;
        }
        Uri target = new(_url.Replace(Place, Uri.EscapeDataString(key), StringComparison.Ordinal));
        using HttpRequestMessage request = new(HttpMethod.Get, target);
        foreach ((string name, string value) in _headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using HttpClient client = _clients.CreateClient(ClientName);
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        return (int)response.StatusCode switch
        {
            200 => await ReadAsync(response.Content, cancellation),
            404 or 410 => CacheLoad.NotThere,
            int status => throw new HttpRequestException($"The source answered {status}."),
        };
    }

    private static async Task<CacheLoad> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        // Bounded while it is read, whatever it says of its length.
        await content.LoadIntoBufferAsync(Cache.ValueBytes, cancellation);
        string type = content.Headers.ContentType?.MediaType ?? "";
        return type is "application/json" || type.EndsWith("+json", StringComparison.Ordinal)
            ? CacheLoad.Of(JsonElement.Parse(await content.ReadAsByteArrayAsync(cancellation)))
            : type.StartsWith("text/", StringComparison.Ordinal)
                ? CacheLoad.Of(await content.ReadAsStringAsync(cancellation))
                : throw new HttpRequestException($"The source answered with '{type}', which is neither JSON nor text.");
    }
}
