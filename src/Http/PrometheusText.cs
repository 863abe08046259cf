using System.Globalization;
using System.Text;
using DurableObjects.Diagnostics;

namespace DurableObjects.Http;

/// <summary>
/// Writes Prometheus' text exposition format 0.0.4: each family once, with what it means and its type, then its samples.
/// </summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string Prefix = "durable_objects_";

    private readonly StringBuilder _text = new();

    /// <summary>Begins a family of values that go up and down.</summary>
    public void Gauge(string name, string meaning) => Family(name, "gauge", meaning);

    /// <summary>Begins a family of values that only grow; its samples are written with <see cref="Total"/>.</summary>
    public void Counter(string name, string meaning) => Family($"{name}_total", "counter", meaning);

    /// <summary>Begins a family of distributions.</summary>
    public void Histogram(string name, string meaning) => Family(name, "histogram", meaning);

    public void Value(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(Prefix).Append(name);
        for (int i = 0; i < labels.Length; i++)
        {
            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"").Append(Escape(labels[i].Value)).Append('"');
        }
        _text.Append(labels.Length == 0 ? " " : "} ").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    public void Total(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels) =>
        Value($"{name}_total", value, labels);

    /// <summary>A distribution: how many were at most so long, for each bound and altogether, their sum and their number.</summary>
    public void Distribution(string name, DurationFigures figures, string className)
    {
        foreach (DurationBucket bucket in figures.Buckets)
        {
            Value($"{name}_bucket", bucket.Count, ("class", className), ("le", bucket.Bound.ToString("R", CultureInfo.InvariantCulture)));
        }
        Value($"{name}_bucket", figures.Count, ("class", className), ("le", "+Inf"));
        Value($"{name}_sum", figures.Sum, ("class", className));
        Value($"{name}_count", figures.Count, ("class", className));
    }

    public override string ToString() => _text.ToString();

    private void Family(string name, string type, string meaning)
    {
        string help = meaning.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        _text.Append(CultureInfo.InvariantCulture, $"# HELP {Prefix}{name} {help}\n# TYPE {Prefix}{name} {type}\n");
    }

    private static string Escape(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}
