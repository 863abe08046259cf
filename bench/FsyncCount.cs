using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench;

/// <summary>
/// What a side's system calls say of its durability while it increments counters: how often it flushes to disk, counted with strace on
/// a process of its own, so that no other measurement runs under a tracer.
/// </summary>
/// <param name="SideName">The side.</param>
/// <param name="Objects">How many counters.</param>
/// <param name="PerSecond">Increments per second under the tracer.</param>
/// <param name="FsyncsPerSecond">fsync and fdatasync calls per second.</param>
/// <param name="PerFsync">Increments for each of them.</param>
/// <param name="FsyncMs">The median time that one took.</param>
internal sealed record FsyncCount(
    string SideName, int Objects, double PerSecond, double FsyncsPerSecond, double PerFsync, double FsyncMs)
{
    public static bool IsAvailable()
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("strace", "-V") { RedirectStandardOutput = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    public static async Task<IReadOnlyList<FsyncCount>> MeasureAsync(SideCommand command, string folder, BenchOptions options)
    {
        string trace = folder + ".trace";
        string[] strace = ["strace", "-f", "--seccomp-bpf", "-ttt", "-T", "-e", "trace=fsync,fdatasync,sync_file_range,msync", "-o", trace];
        List<(int Objects, LoadResult Load, double From, double Until)> loads = [];
        await using (Side side = await Side.StartAsync(command, folder, strace))
        {
            foreach (int objects in new[] { 1, options.Objects })
            {
                byte[][] requests = [.. Enumerable.Range(0, objects).Select(
                    i => Requests.Call("counter", string.Create(CultureInfo.InvariantCulture, $"flush-{i}"), "increment"))];
                await ClosedLoop.TimesAsync(
                    side.Server, options.Connections, objects, TimeSpan.FromMinutes(1), () => new CpuClock(null, null), n => requests[n]);
                double from = 0;
                LoadResult load = await ClosedLoop.ForAsync(
                    side.Server, options.Connections, options.WarmUp, options.Duration,
                    () =>
                    {
                        from = Now();
                        return new CpuClock(null, null);
                    },
                    n => requests[n % objects]);
                loads.Add((objects, load, from, from + load.Seconds));
            }
        }
        List<(double At, double Seconds)> calls = [.. File.ReadLines(trace).Select(Call).OfType<(double, double)>()];
        return
        [
            .. loads.Select(one =>
            {
                double[] seconds =
                    [.. calls.Where(call => call.At >= one.From && call.At < one.Until).Select(call => call.Seconds).Order()];
                return new FsyncCount(
                    command.Name, one.Objects, one.Load.PerSecond, seconds.Length / one.Load.Seconds,
                    seconds.Length == 0 ? double.PositiveInfinity : (double)one.Load.Operations / seconds.Length,
                    seconds.Length == 0 ? 0 : seconds[seconds.Length / 2] * 1_000);
            }),
        ];
    }

    private static double Now() => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>A finished call: <c>1234 1700000000.123456 fdatasync(7) = 0 &lt;0.000456&gt;</c>, or the later half of one.</summary>
    private static (double At, double Seconds)? Call(string line)
    {
        string[] words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        int duration = line.LastIndexOf('<');
        if (words.Length < 3 || !words[2].Contains("sync", StringComparison.Ordinal) || !line.EndsWith('>')
            || line.EndsWith("unfinished ...>", StringComparison.Ordinal))
        {
            return null;
        }
        return (double.Parse(words[1], CultureInfo.InvariantCulture), double.Parse(line[(duration + 1)..^1], CultureInfo.InvariantCulture));
    }
}
