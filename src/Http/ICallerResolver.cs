using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>
/// How a host establishes who sent a request: the embedded host by API key, the Azure host by the platform's authentication.
/// Every route asks it but <c>GET /api/health</c>.
/// </summary>
public interface ICallerResolver
{
    /// <summary>The caller, with the roles that <see cref="Access"/> knows.</summary>
    /// <exception cref="DurableObjectException">
    /// The request proves nothing (401), or comes from where no request may come from (403).
    /// </exception>
    ValueTask<Caller> ResolveAsync(HttpRequest request, CancellationToken cancellation);
}
