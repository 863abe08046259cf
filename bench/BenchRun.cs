using System.Globalization;
using DurableObjects.Bench.Report;
using DurableObjects.Bench.Sides;
using DurableObjects.Bench.Workloads;

namespace DurableObjects.Bench;

/// <summary>A whole run: both sides started, prepared, measured in turn, and ended; their folders deleted.</summary>
internal sealed class BenchRun(BenchOptions options)
{
    public async Task<Results> RunAsync()
    {
        string data = Path.Combine(options.DataFolder, string.Create(CultureInfo.InvariantCulture, $"run-{Environment.ProcessId}"));
        Directory.CreateDirectory(data);
        AppDomain.CurrentDomain.ProcessExit += Delete;
        try
        {
            return await RunAsync(data);
        }
        finally
        {
            AppDomain.CurrentDomain.ProcessExit -= Delete;
            Directory.Delete(data, recursive: true);
        }

        // Ctrl-C and a stop signal end the process without coming back here. The sides end at the same event, but not in order.
        void Delete(object? sender, EventArgs arguments)
        {
            if (Directory.Exists(data))
            {
                Directory.Delete(data, recursive: true);
            }
        }
    }

    private async Task<Results> RunAsync(string data)
    {
        SideCommand embedded = SideCommand.OfEmbedded(options.Bench);
        SideCommand workerd = SideCommand.OfWorkerd(options.Bench, options.Workerd);
        Console.WriteLine($"{embedded.Name}: {embedded.Version}; {workerd.Name}: {workerd.Version}");
        Machine machine = Machine.Here(data);
        GeneratorCeiling generator = await GeneratorCeiling.MeasureAsync(options);
        Console.WriteLine($"generator alone: {Text.Figure(generator.PerSecond, "/s")}");
        List<FsyncCount> fsyncs = [];
        string? fsyncsLeftOut = !options.Includes(BenchOptions.Fsync) ? "it was not selected"
            : !FsyncCount.IsAvailable() ? "strace is not installed" : null;
        if (fsyncsLeftOut is null)
        {
            fsyncs.AddRange(await FsyncCount.MeasureAsync(embedded, Path.Combine(data, "traced-embedded"), options));
            fsyncs.AddRange(await FsyncCount.MeasureAsync(workerd, Path.Combine(data, "traced-workerd"), options));
        }
        IReadOnlyList<Comparison> comparisons = await CompareAsync(embedded, workerd, data);
        List<MemoryUse> memory = [];
        if (options.Includes(BenchOptions.Memory))
        {
            Console.WriteLine("memory");
            // At once: most of it is waiting, and neither disturbs what the other keeps.
            memory.AddRange(await Task.WhenAll(
                MemoryUse.MeasureAsync(embedded, Path.Combine(data, "memory-embedded"), options),
                MemoryUse.MeasureAsync(workerd, Path.Combine(data, "memory-workerd"), options)));
        }
        return new Results
        {
            At = DateTimeOffset.UtcNow,
            Machine = machine,
            IsShort = options.IsShort,
            Rounds = options.Rounds,
            Seconds = options.Seconds,
            Connections = options.Connections,
            Sides = [.. new[] { embedded, workerd }.Select(side => new SideDescription(side.Name, side.Version, side.Durability))],
            Generator = generator,
            Comparisons = comparisons,
            Fsyncs = fsyncs,
            FsyncsLeftOut = fsyncsLeftOut,
            Memory = memory,
        };
    }

    /// <summary>In the order in which a round goes through them: those that need what has been idle for a while come last.</summary>
    private List<Workload> Workloads()
    {
        SqlTables tables = new(options);
        List<Workload> all =
        [
            new IncrementWorkload(options, 1),
            new IncrementWorkload(options, options.Objects),
            new ReadWorkload(options),
            new UpsertWorkload(options, tables),
            new SelectWorkload(options, tables),
            new BroadcastWorkload(options),
            new ActivityWorkload(options),
            new WebhookWorkload(options),
            new AlarmWorkload(options),
            new RestoreWorkload(options),
            new WakeWorkload(options),
        ];
        string[] known = [.. all.Select(one => one.Name), BenchOptions.Fsync, BenchOptions.Memory];
        if (options.Workloads.Except(known).FirstOrDefault() is { } unknown)
        {
            throw new ArgumentException($"There is no workload '{unknown}'. There are: {string.Join(", ", known)}.");
        }
        return [.. all.Where(one => options.Includes(one.Name))];
    }

    private async Task<IReadOnlyList<Comparison>> CompareAsync(SideCommand embedded, SideCommand workerd, string data)
    {
        List<Workload> workloads = Workloads();
        if (workloads.Count == 0)
        {
            return [];
        }
        Dictionary<Workload, string> leftOut = [];
        Dictionary<(Workload, Side), List<Figure>> figures = [];
        await using Side first = await Side.StartAsync(embedded, Path.Combine(data, "embedded"));
        await using Side second = await Side.StartAsync(workerd, Path.Combine(data, "workerd"));
        try
        {
            foreach (Workload workload in workloads)
            {
                Console.WriteLine($"preparing {workload.Name}");
                figures[(workload, first)] = [];
                figures[(workload, second)] = [];
                foreach ((Side side, Side other) in new[] { (first, second), (second, first) })
                {
                    try
                    {
                        if (await workload.PrepareAsync(side, other) is { } reason)
                        {
                            leftOut[workload] = reason;
                        }
                    }
                    catch (Exception error)
                    {
                        figures[(workload, side)].Add(Failed(side, error));
                    }
                }
            }
            List<Workload> measured = [.. workloads.Where(one => !leftOut.ContainsKey(one)
                && figures[(one, first)].Count == 0 && figures[(one, second)].Count == 0)];
            for (int round = 0; round < options.Rounds; round++)
            {
                foreach (Workload workload in measured)
                {
                    await workload.BeginRoundAsync(first);
                    await workload.BeginRoundAsync(second);
                }
                for (int i = 0; i < measured.Count; i++)
                {
                    Workload workload = measured[i];
                    if (round % workload.EveryRounds != 0)
                    {
                        continue;
                    }
                    (Side Mine, Side Other)[] order = [(first, second), (second, first)];
                    // Neither side always comes first.
                    foreach ((Side side, Side other) in (round + i) % 2 == 0 ? order : order.Reverse())
                    {
                        figures[(workload, side)].Add(await MeasureAsync(workload, side, other, round));
                    }
                }
            }
            return
            [
                .. workloads.Select(one => new Comparison(
                    one.Name, one.Title, one.Unit, one.IsRate, one.Peer, leftOut.GetValueOrDefault(one),
                    figures[(one, first)], figures[(one, second)])),
            ];
        }
        finally
        {
            foreach (Workload workload in workloads)
            {
                await workload.DisposeAsync();
            }
        }
    }

    /// <summary>One measurement that fails must not take the others with it; it is told with the results.</summary>
    private static Figure Failed(Side side, Exception error)
    {
        string text = error is BenchException ? error.Message : error.ToString();
        Console.WriteLine($"{side.Name} failed: {text}{side.Ending}");
        return new Figure(double.NaN).Check(false, () => text + side.Ending);
    }

    private static async Task<Figure> MeasureAsync(Workload workload, Side side, Side other, int round)
    {
        Figure figure;
        try
        {
            figure = await workload.MeasureAsync(side, other);
        }
        catch (Exception error)
        {
            figure = Failed(side, error);
        }
        string errors = figure.Errors == 0 ? "" : $"  {figure.Errors} ERRORS: {figure.Error}";
        string name = side.IsEmbedded ? side.Name : workload.Peer;
        string value = Text.Figure(figure.Value, workload.Unit);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{round + 1,2} {workload.Name,-15} {name,-9} {value}{errors}"));
        return figure;
    }
}
