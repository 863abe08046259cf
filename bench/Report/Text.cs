using System.Globalization;

namespace DurableObjects.Bench.Report;

/// <summary>Figures as text, with about three digits that mean something.</summary>
internal static class Text
{
    public static string Number(double value) => value switch
    {
        double.NaN => "?",
        double.PositiveInfinity => "∞",
        >= 100 or <= -100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 or <= -10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    public static string Figure(double value, string unit) => unit == "/s" ? Number(value) + unit : $"{Number(value)} {unit}";

    public static string Spread(Spread spread, string unit) =>
        $"{Figure(spread.Median, unit)} ({Number(spread.Min)}–{Number(spread.Max)})";

    public static string Times(Spread spread) => $"{Number(spread.Median)} × ({Number(spread.Min)}–{Number(spread.Max)})";

    public static string Bytes(double bytes) => Math.Abs(bytes) >= 1_024 * 1_024
        ? $"{Number(bytes / 1_024 / 1_024)} MiB"
        : Math.Abs(bytes) >= 1_024 ? $"{Number(bytes / 1_024)} KiB" : $"{bytes.ToString("N0", CultureInfo.InvariantCulture)} B";
}
