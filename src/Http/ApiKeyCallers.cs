using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.Http;

/// <summary>
/// Callers by API key, in the header <c>x-functions-key</c> or the query's <c>code</c>, as Azure Functions takes its own. Whoever
/// has a key is an administrator. Without any key configured everyone on this machine is one, and <see cref="LoopbackGuard"/>
/// sees to it that nobody else gets in.
/// </summary>
public sealed class ApiKeyCallers : ICallerResolver
{
    /// <summary>The header that carries the key; Azure Functions' own.</summary>
    public const string Header = "x-functions-key";

    /// <summary>The query's parameter that carries the key; Azure Functions' own.</summary>
    public const string QueryParameter = "code";

    private static readonly Caller Local = Caller.Of("local", Caller.Administrator);
    private static readonly Caller KeyHolder = Caller.Of("api-key", Caller.Administrator);

    private readonly byte[][] _digests;

    /// <summary>Callers with one of the keys; with no key, those on this machine.</summary>
    /// <exception cref="ArgumentException">A key is blank.</exception>
    public ApiKeyCallers(IReadOnlyCollection<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        _digests = [.. keys.Select(key => string.IsNullOrWhiteSpace(key)
            ? throw new ArgumentException("An API key may not be blank.", nameof(keys))
            : SHA256.HashData(Encoding.UTF8.GetBytes(key)))];
    }

    /// <summary>Whether no key is configured, so that everyone on this machine is an administrator.</summary>
    public bool IsOpen => _digests.Length == 0;

    /// <inheritdoc/>
    public ValueTask<Caller> ResolveAsync(HttpRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (IsOpen)
        {
            LoopbackGuard.Check(request);
            return ValueTask.FromResult(Local);
        }
        if (!request.Headers.TryGetValue(Header, out StringValues given))
        {
            given = request.Query[QueryParameter];
        }
        string? key = given;
        if (string.IsNullOrEmpty(key))
        {
            throw Refused($"An API key is needed: in the header {Header}, or in the query as '{QueryParameter}'.");
        }
        return IsKnown(key) ? ValueTask.FromResult(KeyHolder) : throw Refused("The API key is not one of this host's.");
    }

    /// <summary>Takes as long whichever key matches, and tells nothing of how much of one did.</summary>
    private bool IsKnown(string key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), digest);
        bool known = false;
        foreach (byte[] one in _digests)
        {
            known |= CryptographicOperations.FixedTimeEquals(digest, one);
        }
        return known;
    }

    private static DurableObjectException Refused(string message) => new(401, ErrorCodes.Unauthenticated, message);
}
