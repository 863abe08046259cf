using System.Text;
using DurableObjects.Diagnostics;
using DurableObjects.Hosting;
using DurableObjects.Webhooks;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>
/// Tells the figures: of all classes as Prometheus scrapes them, of one as JSON. Each duration is a histogram, from which a server
/// computes quantiles over any time and many processes, and beside it the three quantiles since the start, for the bare eye.
/// </summary>
internal sealed class MetricsEndpoint(IObjectHost host, IFigureSource figures, WebhookRefusals refusals)
{
    private static readonly (string Name, string Meaning, Func<ClassFigures, DurationFigures> Of)[] Durations =
    [
        ("turn_duration", "From the beginning of a turn to its commit in SQLite, not yet durable", of => of.TurnSeconds),
        ("mailbox_duration", "What turns waited in their object's mailbox", of => of.MailboxSeconds),
        ("commit_duration", "From a commit's way to the host's store until it was durable there", of => of.CommitSeconds),
        ("cold_start_duration", "What objects took to wake from outside of memory", of => of.ColdStartSeconds),
        ("alarm_delay", "How late alarms rang", of => of.AlarmLateSeconds),
    ];

    private static readonly (string Name, string Meaning, Func<ClassFigures, long> Of)[] Totals =
    [
        ("commits", "Commits.", of => of.Commits),
        ("committed_frames", "Frames of SQLite's log in commits, the newest of each page.", of => of.Frames),
        ("committed_bytes", "Bytes of commits in their encoding.", of => of.Bytes),
        ("commit_fsyncs", "Flushes of the disk that made commits of the class durable; one may serve several classes.", of => of.Fsyncs),
        ("wakes", "Instances that were constructed for turns.", of => of.Wakes),
    ];

    /// <summary>All figures in Prometheus' text format.</summary>
    public Task<IResult> AllAsync()
    {
        ClassFigures[] classes =
            [.. host.Classes.All.Select(one => figures.Of(one.Name)).OrderBy(one => one.Class, StringComparer.Ordinal)];
        PrometheusText text = new();
        WriteCounts(text, classes);
        foreach ((string name, string meaning, Func<ClassFigures, DurationFigures> of) in Durations)
        {
            WriteDurations(text, classes, name, meaning, of);
        }
        WriteRefusals(text);
        WriteHost(text);
        return Task.FromResult<IResult>(
            new AnswerResult(200, Encoding.UTF8.GetBytes(text.ToString())) { Type = PrometheusText.ContentType });
    }

    /// <summary>The figures of one class as JSON.</summary>
    public Task<IResult> OfClassAsync(string className)
    {
        host.Classes.Get(className);
        return Task.FromResult<IResult>(AnswerResult.Json(200, figures.Of(className)));
    }

    private static void WriteCounts(PrometheusText text, ClassFigures[] classes)
    {
        text.Gauge("live_objects", "Objects in memory.");
        foreach (ClassFigures one in classes)
        {
            text.Value("live_objects", one.LiveObjects, ("class", one.Class));
        }
        text.Gauge("sockets", "Sockets that are open.");
        foreach (ClassFigures one in classes)
        {
            text.Value("sockets", one.Sockets, ("class", one.Class));
        }
        text.Counter("turns", "Turns that have ended, by what they were about.");
        foreach (ClassFigures one in classes)
        {
            foreach ((string kind, long count) in one.TurnsByKind)
            {
                text.Total("turns", count, ("class", one.Class), ("kind", kind));
            }
        }
        text.Counter("errors", "Turns that failed, were refused, or were lost with their commit, by code.");
        foreach (ClassFigures one in classes)
        {
            foreach ((string code, long count) in one.ErrorsByCode)
            {
                text.Total("errors", count, ("class", one.Class), ("code", code));
            }
        }
        foreach ((string name, string meaning, Func<ClassFigures, long> of) in Totals)
        {
            text.Counter(name, meaning);
            foreach (ClassFigures one in classes)
            {
                text.Total(name, of(one), ("class", one.Class));
            }
        }
    }

    private static void WriteDurations(
        PrometheusText text, ClassFigures[] classes, string name, string meaning, Func<ClassFigures, DurationFigures> of)
    {
        text.Histogram($"{name}_seconds", $"{meaning}.");
        foreach (ClassFigures one in classes)
        {
            text.Distribution($"{name}_seconds", of(one), one.Class);
        }
        string quantiles = $"{name}_quantile_seconds";
        text.Gauge(quantiles, $"{meaning}: quantiles since the start of the process.");
        foreach (ClassFigures one in classes)
        {
            DurationFigures durations = of(one);
            text.Value(quantiles, durations.P50 ?? double.NaN, ("class", one.Class), ("quantile", "0.5"));
            text.Value(quantiles, durations.P95 ?? double.NaN, ("class", one.Class), ("quantile", "0.95"));
            text.Value(quantiles, durations.P99 ?? double.NaN, ("class", one.Class), ("quantile", "0.99"));
        }
    }

    private void WriteRefusals(PrometheusText text)
    {
        text.Counter("webhook_refusals", "Webhooks whose signature was not good, or that could not be used, by the reason.");
        foreach ((string source, string reason, long count) in refusals.All)
        {
            text.Total("webhook_refusals", count, ("source", source), ("reason", reason));
        }
    }

    private void WriteHost(PrometheusText text)
    {
        foreach (HostFigure figure in figures.Host)
        {
            if (figure.IsTotal)
            {
                text.Counter(figure.Name, figure.Meaning);
                text.Total(figure.Name, figure.Value);
            }
            else
            {
                text.Gauge(figure.Name, figure.Meaning);
                text.Value(figure.Name, figure.Value);
            }
        }
    }
}
