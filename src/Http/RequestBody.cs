using System.Globalization;
using DurableObjects.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace DurableObjects.Http;

/// <summary>
/// Reads requests' bodies, no more of them than is allowed, whatever their <c>Content-Length</c> says: of each, and of all that are
/// read at the same time.
/// </summary>
/// <param name="budget">Holds the bytes while they are read; from then on they are the host's, which counts them by itself.</param>
internal sealed class RequestBody(ByteBudget budget)
{
    /// <summary>What is taken on trust before anything has arrived; a claim of more has to be lived up to.</summary>
    private const int TrustedBytes = ByteBudget.SmallBytes;

    private const int UnknownBytes = 4 * 1_024;
    private const string Json = "application/json";

    /// <summary>The whole body, at most so many bytes of it.</summary>
    /// <exception cref="DurableObjectException">It is larger (413), or there is no room for it (503).</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(
        HttpRequest request, CancellationToken cancellation, int limit = Limits.RequestBytes)
    {
        long taken = 0;
        try
        {
            return await ReadAsync(request, limit, Take, cancellation);
        }
        finally
        {
            budget.Give(taken);
        }

        void Take(long bytes)
        {
            if (!budget.TryTake(bytes))
            {
                throw budget.Overloaded("of requests are held by the host", bytes);
            }
            taken += bytes;
        }
    }

    /// <summary>The whole body, which must be empty or say that it is JSON. Whether it is, shows when it is read.</summary>
    /// <exception cref="DurableObjectException">
    /// It is larger than allowed (413), of another type (415), or there is no room for it (503).
    /// </exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadJsonAsync(HttpRequest request, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> body = await ReadAsync(request, cancellation);
        if (body.IsEmpty || IsJson(request.ContentType))
        {
            return body;
        }
        string given = request.ContentType is { } type ? $"'{type}'" : "missing";
        throw new DurableObjectException(
            415, HttpErrorCodes.UnsupportedMediaType, $"The body's Content-Type must be {Json} in UTF-8; it is {given}.");
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(
        HttpRequest request, int limit, Action<long> take, CancellationToken cancellation)
    {
        long? announced = request.ContentLength;
        if (announced is 0)
        {
            return default;
        }
        if (announced > limit)
        {
            throw TooLarge(limit, string.Create(CultureInfo.InvariantCulture, $"has {announced:N0} bytes"));
        }
        int size = (int)Math.Min(announced ?? UnknownBytes, TrustedBytes);
        take(size);
        byte[] buffer = new byte[size];
        int count = 0;
        while (count != announced)
        {
            if (count == buffer.Length)
            {
                size = (int)Math.Min(2L * buffer.Length, announced ?? (limit + 1L));
                take(size - buffer.Length);
                Array.Resize(ref buffer, size);
            }
            int read = await request.Body.ReadAsync(buffer.AsMemory(count), cancellation);
            if (read == 0)
            {
                break;
            }
            count += read;
            if (count > limit)
            {
                throw TooLarge(limit, string.Create(CultureInfo.InvariantCulture, $"has at least {count:N0} bytes"));
            }
        }
        return buffer.AsMemory(0, count);
    }

    private static bool IsJson(string? contentType)
    {
        if (Json.Equals(contentType, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }
        return MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
            && (Is(type.MediaType, Json) || Is(type.Suffix, "json"))
            && (!type.Charset.HasValue || Is(HeaderUtilities.RemoveQuotes(type.Charset), "utf-8"));
    }

    private static bool Is(StringSegment part, string expected) => part.Equals(expected, StringComparison.OrdinalIgnoreCase);

    private static DurableObjectException TooLarge(int limit, string value) => new(
        413, ErrorCodes.TooLarge,
        string.Create(CultureInfo.InvariantCulture, $"The request's body {value}; the limit is {limit:N0} bytes."));
}
