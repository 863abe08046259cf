using System.Diagnostics.Metrics;

namespace DurableObjects.Diagnostics;

/// <summary>The instruments that every turn passes, whatever its host, named as OpenTelemetry's conventions have it.</summary>
internal sealed class ObjectInstruments(Meter meter)
{
    private const string Seconds = "s";

    private static readonly InstrumentAdvice<double> Durations = new() { HistogramBucketBoundaries = DurationHistogram.Bounds };

    public Histogram<double> TurnDuration { get; } = Duration(
        meter, "durable_objects.turn.duration", "From the beginning of a turn to its commit in SQLite, not yet durable.");

    public Histogram<double> MailboxDuration { get; } = Duration(
        meter, "durable_objects.mailbox.duration", "What a turn waited in its object's mailbox.");

    public Histogram<double> CommitDuration { get; } = Duration(
        meter, "durable_objects.commit.duration", "From a commit's way to the host's store until it was durable there.");

    public Histogram<double> ColdStartDuration { get; } = Duration(
        meter, "durable_objects.cold_start.duration", "What an object took to wake from outside of memory.");

    public Histogram<double> AlarmDelay { get; } = Duration(
        meter, "durable_objects.alarm.delay", "How late an alarm rang.");

    public Counter<long> Errors { get; } = meter.CreateCounter<long>(
        "durable_objects.errors", "{error}", "Turns that failed, were refused, or were lost with their commit.");

    public Counter<long> Frames { get; } = meter.CreateCounter<long>(
        "durable_objects.commit.frames", "{frame}", "Frames of SQLite's log in commits, the newest of each page.");

    public Counter<long> Size { get; } = meter.CreateCounter<long>(
        "durable_objects.commit.size", "By", "Bytes of commits in their encoding.");

    public Counter<long> Wakes { get; } = meter.CreateCounter<long>(
        "durable_objects.wakes", "{wake}", "Instances that were constructed for turns.");

    private static Histogram<double> Duration(Meter meter, string name, string description) =>
        meter.CreateHistogram(name, Seconds, description, tags: null, Durations);
}
