using DurableObjects.Http;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Functions.Http;

/// <summary>
/// Callers where the platform lets in only those with a function key, and <c>func start</c> everyone on the machine: each is an
/// administrator. What a request says of its principal is not looked at, since nobody but its sender vouches for it.
/// </summary>
public sealed class KeyHolders : ICallerResolver
{
    private static readonly Caller Holder = Caller.Of("function-key", Caller.Administrator);

    /// <inheritdoc/>
    public ValueTask<Caller> ResolveAsync(HttpRequest request, CancellationToken cancellation) => ValueTask.FromResult(Holder);
}
