using System.Diagnostics.Metrics;
using DurableObjects.Diagnostics;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Sockets;
using DurableObjects.Http;

namespace DurableObjects.Embedded.Diagnostics;

/// <summary>
/// The host's figures: those that the classes keep by themselves, and beside them what is in memory at this moment, which is counted
/// when somebody asks, and what the journal has done for all of them.
/// </summary>
internal sealed class EmbeddedFigures : IFigureSource
{
    private readonly EmbeddedHost _host;
    private readonly SocketRegistry _sockets;

    public EmbeddedFigures(EmbeddedHost host, SocketRegistry sockets)
    {
        _host = host;
        _sockets = sockets;
        Meter meter = host.Runtime.Diagnostics.Meter;
        meter.CreateObservableUpDownCounter(
            "durable_objects.live_objects", () => OfClasses(host.Live.CountOf), "{object}", "Objects in memory.");
        meter.CreateObservableUpDownCounter(
            "durable_objects.sockets", () => OfClasses(sockets.CountOf), "{socket}", "Sockets that are open.");
        meter.CreateObservableCounter(
            "durable_objects.journal.fsyncs", () => host.Journal.Metrics.Flushes, "{fsync}", "Flushes of the journal to the disk.");
        meter.CreateObservableCounter(
            "durable_objects.journal.size", () => host.Journal.Metrics.Bytes, "By", "Bytes written to the journal.");
    }

    public IReadOnlyList<HostFigure> Host
    {
        get
        {
            JournalMetrics journal = _host.Journal.Metrics;
            return
            [
                new("journal_fsyncs", "Flushes of the journal to the disk.", IsTotal: true, journal.Flushes),
                new("journal_batches", "Batches that the journal made durable, with a flush each.", IsTotal: true, journal.Batches),
                new("journal_records", "Records in those batches: the commits of all objects.", IsTotal: true, journal.Records),
                new("journal_bytes", "Bytes of those batches, with headers and padding.", IsTotal: true, journal.Bytes),
                new("journal_queued_bytes", "Bytes that wait to become durable.", IsTotal: false, journal.QueuedBytes),
            ];
        }
    }

    public ClassFigures Of(string className) => _host.Runtime.Diagnostics.Of(className).Read() with
    {
        LiveObjects = _host.Live.CountOf(className),
        Sockets = _sockets.CountOf(className),
    };

    public ValueTask<long?> CountObjectsAsync(string className, CancellationToken cancellation) =>
        new(_host.Catalogue.CountOf(className));

    private List<Measurement<long>> OfClasses(Func<string, int> count) =>
        [.. _host.Classes.All.Select(one =>
            new Measurement<long>(count(one.Name), new KeyValuePair<string, object?>("class", one.Name)))];
}
