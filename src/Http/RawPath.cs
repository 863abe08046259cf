using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DurableObjects.Http;

/// <summary>
/// The parts of an object's route as the client sent them. Servers decode a path but for <c>%2F</c>, after which
/// <c>a%2Fb</c> and <c>a%252Fb</c> look the same; two keys must never become one, so the request's raw target decides.
/// </summary>
internal static class RawPath
{
    private const string Objects = "objects";
    private const string EncodedSlash = "%2F";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The key that a route value means: percent-decoded once, <c>%2F</c> too.</summary>
    /// <exception cref="DurableObjectException">An escape is broken or not UTF-8, or what was sent is unknown (400).</exception>
    public static string Key(HttpRequest request, string className, string key) => Part(request, Objects, className, 2, key);

    /// <summary>What a route value further on means.</summary>
    /// <param name="request">The request.</param>
    /// <param name="root">The fixed segment that the route begins with.</param>
    /// <param name="first">The segment behind it.</param>
    /// <param name="offset">Where the value stands, counted from the root.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="DurableObjectException">An escape is broken or not UTF-8, or what was sent is unknown (400).</exception>
    public static string Part(HttpRequest request, string root, string first, int offset, string value)
    {
        // The server decoded every escape that it could, so without one left there is nothing to tell apart.
        if (!value.Contains('%', StringComparison.Ordinal))
        {
            return value;
        }
        string target = TargetOf(request);
        if (target.Length == 0)
        {
            return value.Replace(EncodedSlash, "/", StringComparison.OrdinalIgnoreCase);
        }
        return Locate(request, target, root, first, offset, value) is var (segments, index)
            ? Decode(segments[index])
            : throw ObjectRequests.Invalid($"What stands for '{value}' in the request's target '{target}' is not to be known.");
    }

    /// <summary>What follows <c>/fetch</c>, with its leading slash, still percent-encoded.</summary>
    public static string AfterFetch(HttpRequest request, string className, string key, string? path)
    {
        const int KeyAndFetch = 2;
        return Locate(request, TargetOf(request), Objects, className, 2, key) is var (segments, index)
            ? "/" + string.Join('/', segments, index + KeyAndFetch, Math.Max(0, segments.Length - index - KeyAndFetch))
            : new PathString("/" + path).ToUriComponent();
    }

    private static string TargetOf(HttpRequest request) =>
        request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";

    /// <summary>
    /// The target's segments and the index of the value among them; null if they are not one for one those that the server
    /// decoded, which dot segments and rewriting bring about.
    /// </summary>
    private static (string[] Segments, int Index)? Locate(
        HttpRequest request, string target, string root, string first, int offset, string value)
    {
        string[] raw = PathOf(target).Split('/');
        string[] decoded = (request.PathBase.Value + request.Path.Value).Split('/');
        if (raw.Length != decoded.Length)
        {
            return null;
        }
        for (int i = 0; i + offset < decoded.Length; i++)
        {
            bool isRoot = decoded[i].Equals(root, StringComparison.OrdinalIgnoreCase);
            if (isRoot && decoded[i + 1] == first && decoded[i + offset] == value)
            {
                return (raw, i + offset);
            }
        }
        return null;
    }

    /// <summary>The path of a target in origin form (<c>/path?query</c>) or absolute form (RFC 9112, section 3.2).</summary>
    private static string PathOf(string target)
    {
        const string AfterScheme = "://";
        int query = target.IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? target : target[..query];
        int scheme = path.StartsWith('/') ? -1 : path.IndexOf(AfterScheme, StringComparison.Ordinal);
        int start = scheme < 0 ? 0 : path.IndexOf('/', scheme + AfterScheme.Length);
        return start < 0 ? "/" : path[start..];
    }

    private static string Decode(string segment)
    {
        byte[] bytes = new byte[Utf8.GetMaxByteCount(segment.Length)];
        int count = 0;
        for (int i = 0; i < segment.Length;)
        {
            if (segment[i] != '%')
            {
                int plain = segment.AsSpan(i).IndexOf('%');
                plain = plain < 0 ? segment.Length - i : plain;
                count += Utf8.GetBytes(segment.AsSpan(i, plain), bytes.AsSpan(count));
                i += plain;
            }
            else if (i + 2 < segment.Length
                && Convert.FromHexString(segment.AsSpan(i + 1, 2), bytes.AsSpan(count), out _, out _) == OperationStatus.Done)
            {
                count++;
                i += 3;
            }
            else
            {
                throw ObjectRequests.Invalid($"The key '{segment}' has a % that is not followed by two hex digits; write % itself as %25.");
            }
        }
        try
        {
            return Utf8.GetString(bytes, 0, count);
        }
        catch (DecoderFallbackException error)
        {
            throw ObjectRequests.Invalid($"The key '{segment}' is not percent-encoded UTF-8.", error);
        }
    }
}
