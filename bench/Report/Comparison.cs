using DurableObjects.Bench.Workloads;

namespace DurableObjects.Bench.Report;

/// <summary>One workload's figures of all rounds, and what they say.</summary>
/// <param name="Name">The workload's name.</param>
/// <param name="Title">What it is.</param>
/// <param name="Unit">The unit of its figures.</param>
/// <param name="IsRate">Whether a larger figure is the better one.</param>
/// <param name="Peer">Whom the embedded host is compared with.</param>
/// <param name="LeftOut">Why it could not be measured, or null.</param>
/// <param name="Embedded">The embedded host's figures, by round.</param>
/// <param name="Other">The peer's, by round.</param>
internal sealed record Comparison(
    string Name, string Title, string Unit, bool IsRate, string Peer, string? LeftOut,
    IReadOnlyList<Figure> Embedded, IReadOnlyList<Figure> Other)
{
    public Spread EmbeddedSpread => Spread.Of(Embedded.Select(figure => figure.Value));

    public Spread OtherSpread => Spread.Of(Other.Select(figure => figure.Value));

    /// <summary>How many times as fast the embedded host is: the ratio of the medians, and the smallest and largest of one round.</summary>
    public Spread TimesAsFast
    {
        get
        {
            Spread rounds = Spread.Of(Embedded.Zip(Other, (mine, theirs) => Ratio(mine.Value, theirs.Value)));
            return rounds with { Median = Ratio(EmbeddedSpread.Median, OtherSpread.Median) };
        }
    }

    public long Errors => Embedded.Concat(Other).Sum(figure => figure.Errors);

    private double Ratio(double embedded, double other) => IsRate ? embedded / other : other / embedded;
}
