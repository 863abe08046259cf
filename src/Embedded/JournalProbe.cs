using DurableObjects.Http;

namespace DurableObjects.Embedded;

/// <summary>Reports a journal that cannot write at the moment.</summary>
internal sealed class JournalProbe(EmbeddedHost host) : IHealthProbe
{
    public ValueTask<string?> FailureAsync(CancellationToken cancellation) => ValueTask.FromResult(host.Journal.Fault is null
        ? null
        : "The journal cannot be written; the host's log says why. Nothing is acknowledged until it can; it tries by itself.");
}
