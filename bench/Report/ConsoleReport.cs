namespace DurableObjects.Bench.Report;

/// <summary>The results for whoever has started the run.</summary>
internal static class ConsoleReport
{
    public static void Print(Results results)
    {
        Console.WriteLine();
        Row("", "embedded: median (min–max)", "workerd", "times as fast");
        foreach (Comparison one in results.Comparisons)
        {
            if (one.LeftOut is not null)
            {
                Console.WriteLine($"left out: {one.Name}, because {one.LeftOut}");
                continue;
            }
            string peer = one.Peer == Sides.SideCommand.Workerd ? "" : $"  against {one.Peer}";
            Row(
                one.Title, Text.Spread(one.EmbeddedSpread, one.Unit), Text.Spread(one.OtherSpread, one.Unit),
                Text.Times(one.TimesAsFast) + peer);
        }
        Console.WriteLine();
        GeneratorCeiling generator = results.Generator;
        Console.WriteLine(
            $"generator alone: {Text.Figure(generator.PerSecond, "/s")}, {Text.Number(generator.Cpu.Generator)} processors");
        if (results.FsyncsLeftOut is { } reason)
        {
            Console.WriteLine($"left out: fsync, because {reason}");
        }
        foreach (FsyncCount count in results.Fsyncs)
        {
            Console.WriteLine(
                $"{count.SideName}, {count.Objects:N0} objects, traced: {Text.Figure(count.PerSecond, "/s")}, "
                + $"{Text.Number(count.FsyncsPerSecond)} fsyncs/s of {Text.Number(count.FsyncMs)} ms, "
                + $"{Text.Number(count.PerFsync)} increments each");
        }
        foreach (MemoryUse use in results.Memory)
        {
            Console.WriteLine(
                $"{use.SideName}: {Text.Bytes(use.StartedBytes)} resident; {Text.Bytes(use.PerObjectBytes)} for each of "
                + $"{use.Objects:N0} hibernated objects; {Text.Bytes(use.PerSocketBytes)} for each of {use.Sockets:N0} idle sockets");
        }
    }

    private static void Row(string title, string embedded, string other, string times) =>
        Console.WriteLine($"{title,-58} {embedded,-34} {other,-34} {times}");
}
