using System.Globalization;
using System.Net;
using System.Text;

namespace DurableObjects.Bench.Report;

/// <summary>
/// The results as a picture: for each workload a bar of each side, its length how fast it is, the peer's being 1. The line at a bar's
/// end reaches from the smallest to the largest ratio of one round. Colours follow the reader's light or dark mode.
/// </summary>
internal static class SvgChart
{
    private const int Width = 860;
    private const int Left = 330;
    private const int BarSpace = 330;
    private const int RowHeight = 54;
    private const int Top = 64;
    private const int BarHeight = 15;

    public static string Of(Results results)
    {
        Comparison[] shown = [.. results.Comparisons.Where(one => one.LeftOut is null && double.IsFinite(one.TimesAsFast.Median))];
        double longest = shown.Select(one => Math.Max(one.TimesAsFast.Max, 1)).DefaultIfEmpty(1).Max();
        int height = Top + shown.Length * RowHeight + 16;
        StringBuilder svg = new();
        Add(svg, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}"
                role="img" aria-labelledby="title">
              <title id="title">How many times as fast as its peer the embedded host is</title>
              <style>
                text {"{"} font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; {"}"}
                .head {"{"} font-size: 16px; font-weight: 600; {"}"}
                .soft {"{"} fill: #59636e; font-size: 12px; {"}"}
                .strong {"{"} font-weight: 600; {"}"}
                .mine {"{"} fill: #1a7f74; {"}"}
                .theirs {"{"} fill: #c2792b; {"}"}
                .range {"{"} stroke: #1f2328; stroke-width: 1.5; {"}"}
                .axis {"{"} stroke: #d1d9e0; stroke-width: 1; {"}"}
                @media (prefers-color-scheme: dark) {"{"}
                  text {"{"} fill: #e6edf3; {"}"}
                  .soft {"{"} fill: #9198a1; {"}"}
                  .mine {"{"} fill: #3fb8a9; {"}"}
                  .theirs {"{"} fill: #e09f56; {"}"}
                  .range {"{"} stroke: #e6edf3; {"}"}
                  .axis {"{"} stroke: #3d444d; {"}"}
                {"}"}
              </style>
              <text class="head" x="16" y="26">Times as fast as the peer (longer is better)</text>
              <rect class="mine" x="16" y="38" width="12" height="12" rx="2"/><text class="soft" x="33" y="48">embedded host</text>
              <rect class="theirs" x="134" y="38" width="12" height="12" rx="2"/>
              <text class="soft" x="151" y="48">peer: workerd, or as named</text>
              <line class="axis" x1="{Left}" y1="{Top - 4}" x2="{Left}" y2="{height - 12}"/>

            """);
        for (int i = 0; i < shown.Length; i++)
        {
            Row(svg, shown[i], Top + i * RowHeight, longest);
        }
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private static void Row(StringBuilder svg, Comparison one, int y, double longest)
    {
        double scale = BarSpace / longest;
        double mine = one.TimesAsFast.Median * scale;
        double least = Left + one.TimesAsFast.Min * scale;
        double most = Left + one.TimesAsFast.Max * scale;
        string peer = one.Peer == Sides.SideCommand.Workerd ? "" : $" ({one.Peer})";
        double mineText = Math.Max(most, Left + mine) + 8;
        double theirsText = Left + scale + 8;
        string times = Text.Number(one.TimesAsFast.Median);
        string figure = Text.Figure(one.EmbeddedSpread.Median, one.Unit);
        string theirs = WebUtility.HtmlEncode(Text.Figure(one.OtherSpread.Median, one.Unit) + peer);
        Add(svg, $"""
              <text x="{Left - 12}" y="{y + 24}" text-anchor="end">{WebUtility.HtmlEncode(one.Title)}</text>
              <rect class="mine" x="{Left}" y="{y + 4}" width="{mine:0.0}" height="{BarHeight}" rx="2"/>
              <line class="range" x1="{least:0.0}" y1="{y + 11.5:0.0}" x2="{most:0.0}" y2="{y + 11.5:0.0}"/>
              <rect class="theirs" x="{Left}" y="{y + 22}" width="{scale:0.0}" height="{BarHeight}" rx="2"/>
              <text x="{mineText:0.0}" y="{y + 16}"><tspan class="strong">{times} ×</tspan> <tspan class="soft">{figure}</tspan></text>
              <text class="soft" x="{theirsText:0.0}" y="{y + 34}">{theirs}</text>

            """);
    }

    private static void Add(StringBuilder svg, FormattableString text) =>
        svg.Append(text.ToString(CultureInfo.InvariantCulture).ReplaceLineEndings("\n"));
}
