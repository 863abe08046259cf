using System.Collections.Concurrent;

namespace DurableObjects.Webhooks;

/// <summary>
/// Webhooks that were refused since the process started, counted by source and reason: all that a bad signature leaves. Sources are those
/// configured, reasons those of <see cref="Signatures.WebhookReasons"/>, so there are never many.
/// </summary>
public sealed class WebhookRefusals
{
    private readonly ConcurrentDictionary<(string Source, string Reason), long> _counts = new();

    /// <summary>The counts, in order of source and reason.</summary>
    public IReadOnlyList<(string Source, string Reason, long Count)> All =>
    [
        .. _counts.Select(pair => (pair.Key.Source, pair.Key.Reason, pair.Value))
            .OrderBy(one => one.Source, StringComparer.Ordinal).ThenBy(one => one.Reason, StringComparer.Ordinal),
    ];

    internal void Add(string source, string reason) => _counts.AddOrUpdate((source, reason), 1, (_, count) => count + 1);
}
