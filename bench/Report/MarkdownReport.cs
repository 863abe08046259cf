using System.Globalization;
using System.Text;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Workloads;

namespace DurableObjects.Bench.Report;

/// <summary>The results as the page that is kept in <c>docs/benchmarks/</c>.</summary>
internal static class MarkdownReport
{
    public static string Of(Results results)
    {
        StringBuilder page = new();
        Line(page, "# Benchmarks");
        Line(page, "");
        Line(page, "The embedded host and workerd, Cloudflare's own runtime, side by side on one machine: the same requests from the same");
        Line(page, "generator, in turn. Written by `bench/run`; what is measured and how is told in");
        Line(page, "[bench/README.md](../../bench/README.md), and every single figure stands in [results.json](results.json).");
        Line(page, "");
        if (results.IsShort)
        {
            Line(page, "**This is the short form, which shows that everything works. Its figures mean nothing.**");
            Line(page, "");
        }
        Line(page, "![How many times as fast as workerd the embedded host is](chart.svg)");
        Line(page, "");
        Table(page, results);
        Durability(page, results);
        Memory(page, results);
        Generator(page, results);
        Conditions(page, results);
        return page.ToString();
    }

    private static void Table(StringBuilder page, Results results)
    {
        Line(page, Invariant($"Medians of {results.Rounds} interleaved rounds, with the smallest and the largest in parentheses."));
        Line(page, "");
        Line(page, "| work | embedded | workerd | times as fast |");
        Line(page, "| --- | ---: | ---: | ---: |");
        foreach (Comparison one in results.Comparisons.Where(one => one.LeftOut is null))
        {
            string peer = one.Peer == Sides.SideCommand.Workerd ? "" : $"{one.Peer}: ";
            string mine = Text.Spread(one.EmbeddedSpread, one.Unit);
            string theirs = Text.Spread(one.OtherSpread, one.Unit);
            Line(page, $"| {one.Title} | {mine} | {peer}{theirs} | {Text.Times(one.TimesAsFast)} |");
        }
        Line(page, "");
        foreach (Comparison one in results.Comparisons.Where(one => one.LeftOut is not null))
        {
            Line(page, $"Left out: {one.Title}, because {one.LeftOut}.");
            Line(page, "");
        }
        Errors(page, results);
    }

    private static void Errors(StringBuilder page, Results results)
    {
        if (results.Errors == 0)
        {
            Line(page, "No request failed, and after each measurement the objects held what had been acknowledged.");
            Line(page, "");
            return;
        }
        Line(page, Invariant($"**{results.Errors} errors.** These figures are not to be trusted:"));
        Line(page, "");
        foreach (Comparison one in results.Comparisons)
        {
            foreach ((string side, IReadOnlyList<Figure> figures) in new[] { ("embedded", one.Embedded), (one.Peer, one.Other) })
            {
                foreach (Figure figure in figures.Where(figure => figure.Errors > 0))
                {
                    Line(page, Invariant($"- {one.Title}, {side}: {figure.Errors} errors; the first: {figure.Error}"));
                }
            }
        }
        Line(page, "");
    }

    private static void Durability(StringBuilder page, Results results)
    {
        Line(page, "## Durability");
        Line(page, "");
        Line(page, "Both run in their default settings, with their data on the same disk.");
        Line(page, "");
        foreach (SideDescription side in results.Sides)
        {
            Line(page, $"- **{side.Name}** ({side.Version}): {side.Durability}.");
        }
        Line(page, "");
        if (results.FsyncsLeftOut is { } reason)
        {
            Line(page, $"Flushes were not counted, because {reason}.");
            Line(page, "");
            return;
        }
        Line(page, "What each flushes during increments at the same load, counted by strace on a process of its own, which slows it down:");
        Line(page, "");
        Line(page, "| side | objects | increments | fsync and fdatasync | median | increments for each |");
        Line(page, "| --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (FsyncCount count in results.Fsyncs)
        {
            string flushes = $"{Text.Number(count.FsyncsPerSecond)}/s | {Text.Number(count.FsyncMs)} ms | {Text.Number(count.PerFsync)}";
            Line(page, Invariant($"| {count.SideName} | {count.Objects:N0} | {Text.Number(count.PerSecond)}/s | {flushes} |"));
        }
        Line(page, "");
    }

    private static void Memory(StringBuilder page, Results results)
    {
        if (results.Memory.Count == 0)
        {
            return;
        }
        Line(page, "## Memory");
        Line(page, "");
        Line(page, "Resident memory of a process of its own. Objects had hibernated, sockets were idle and their object had");
        Line(page, "hibernated. Neither side was made to collect garbage, so what it may still give back is counted.");
        Line(page, "");
        Line(page, "| side | before | for each known object | for each idle socket |");
        Line(page, "| --- | ---: | ---: | ---: |");
        foreach (MemoryUse use in results.Memory)
        {
            string each = Invariant(
                $"{Text.Bytes(use.PerObjectBytes)} (of {use.Objects:N0}) | {Text.Bytes(use.PerSocketBytes)} (of {use.Sockets:N0})");
            Line(page, $"| {use.SideName} | {Text.Bytes(use.StartedBytes)} | {each} |");
        }
        Line(page, "");
    }

    private static void Generator(StringBuilder page, Results results)
    {
        string ceiling = Text.Number(results.Generator.PerSecond);
        string processors = Text.Number(results.Generator.Cpu.Generator);
        Line(page, "## The generator");
        Line(page, "");
        Line(page, $"Against a server that does nothing it does {ceiling} requests per second and takes {processors} processors for it.");
        Line(page, "What it did of that during the measurements, and processor time (medians; 1 is one processor all the time):");
        Line(page, "");
        Line(page, "| work | side | of the ceiling | generator | side | side, for each operation |");
        Line(page, "| --- | --- | ---: | ---: | ---: | ---: |");
        foreach (Comparison one in results.Comparisons.Where(one => one.LeftOut is null))
        {
            Shares(page, one, Sides.SideCommand.Embedded, one.Embedded, results);
            Shares(page, one, one.Peer, one.Other, results);
        }
        Line(page, "");
        Spread idle = Spread.Of(
            results.Comparisons.SelectMany(one => one.Embedded.Concat(one.Other)).Select(figure => figure.Cpu?.Idle ?? double.NaN));
        Line(page, $"The side that was not measured took {Text.Number(idle.Median)} processors meanwhile, {Text.Number(idle.Max)} at most.");
        Line(page, "");
    }

    private static void Shares(StringBuilder page, Comparison one, string side, IReadOnlyList<Figure> figures, Results results)
    {
        if (figures.All(figure => figure.Cpu is null))
        {
            return;
        }
        double measured = Median(figures, figure => figure.Cpu!.Measured);
        string ceiling = "";
        string each = "";
        if (one.IsRate)
        {
            double share = Median(figures, figure => figure.Value) / results.Generator.PerSecond;
            ceiling = share.ToString("P0", CultureInfo.InvariantCulture);
            each = Text.Number(Median(figures, figure => figure.Cpu!.Measured / figure.Value) * 1_000_000) + " µs";
        }
        string generator = Text.Number(Median(figures, figure => figure.Cpu!.Generator));
        Line(page, $"| {one.Title} | {side} | {ceiling} | {generator} | {Text.Number(measured)} | {each} |");
    }

    private static double Median(IReadOnlyList<Figure> figures, Func<Figure, double> value) =>
        Spread.Of(figures.Where(figure => figure.Cpu is not null).Select(value)).Median;

    private static void Conditions(StringBuilder page, Results results)
    {
        Machine machine = results.Machine;
        Line(page, "## Conditions");
        Line(page, "");
        Line(page, $"- {machine.Processor}, {Text.Bytes(machine.MemoryBytes)} of RAM, {machine.System}.");
        Line(page, $"- Data on {machine.FileSystem}, where 4 KiB are written and flushed in {Text.Number(machine.FlushMs)} ms (median).");
        Line(page, Invariant(
            $"- {results.Rounds} rounds; each throughput measured for {results.Seconds} s at {results.Connections} connections; ")
            + "generator and server on the same machine.");
        Line(page, Invariant($"- {results.At:yyyy-MM-dd}."));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Line(StringBuilder page, string text) => page.Append(text).Append('\n');
}
