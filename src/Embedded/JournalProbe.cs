using DurableObjects.Http;

namespace DurableObjects.Embedded;

/// <summary>Reports a journal that can no longer write, after which nothing is acknowledged until the host is started anew.</summary>
internal sealed class JournalProbe(EmbeddedHost host) : IHealthProbe
{
    public ValueTask<string?> FailureAsync(CancellationToken cancellation) => ValueTask.FromResult(host.Journal.Fault is null
        ? null
        : "The journal cannot be written; the host's log says why. Nothing is acknowledged until it is started anew.");
}
