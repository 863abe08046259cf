using System.Collections.Concurrent;
using System.Globalization;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>The objects with tables, which the SQL workloads share and which are filled once on each side.</summary>
internal sealed class SqlTables(BenchOptions options)
{
    private const string ClassName = "bench-table";

    private readonly ConcurrentDictionary<Side, Task> _filled = [];

    public int Objects => options.Objects;

    public int Rows => options.Rows;

    public static string Key(long i) => string.Create(CultureInfo.InvariantCulture, $"table-{i}");

    public static byte[] Call(long table, string method, string json) => Requests.Call(ClassName, Key(table), method, json);

    /// <summary>Fills the tables of a side, the first time.</summary>
    public Task FillAsync(Side side) => _filled.GetOrAdd(side, FillNowAsync);

    /// <summary>Wakes all, so that none has to be woken in a measured time.</summary>
    public async Task WakeAsync(Side side)
    {
        byte[][] counts = [.. Enumerable.Range(0, Objects).Select(i => Requests.Read(ClassName, Key(i), "count"))];
        string rows = Rows.ToString(CultureInfo.InvariantCulture);
        LoadResult result = await ClosedLoop.TimesAsync(
            side.Server, options.Connections, Objects, TimeSpan.FromMinutes(2), () => new CpuClock(null, null), n => counts[n],
            (n, reply) => Check(reply.Text == rows, () => $"{Key(n)} has {reply.Text} rows instead of {rows}."));
        Check(result.Errors == 0, () => $"Waking the tables of {side.Name}: {result.FirstError}");
    }

    private static void Check(bool isRight, Func<string> otherwise)
    {
        if (!isRight)
        {
            throw new BenchException(otherwise());
        }
    }

    private async Task FillNowAsync(Side side)
    {
        // A few at a time: each is a transaction of a megabyte and takes its time.
        LoadResult result = await ClosedLoop.TimesAsync(
            side.Server, 4, Objects, TimeSpan.FromMinutes(15), () => new CpuClock(null, null),
            n => Call(n, "fill", string.Create(CultureInfo.InvariantCulture, $"[{Rows}]")));
        Check(result.Errors == 0, () => $"Filling the tables of {side.Name}: {result.FirstError}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  {side.Name}: filled {Objects:N0} tables of {Rows:N0} rows in {result.Seconds:N1} s"));
    }
}
