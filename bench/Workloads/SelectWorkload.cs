using System.Globalization;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>SQL that reads ten rows by an index, in tables of many objects in turn.</summary>
internal sealed class SelectWorkload(BenchOptions options, SqlTables tables) : Workload(options)
{
    private const int Teams = 100;

    private readonly byte[][] _requests = [.. Enumerable.Range(0, tables.Objects * 7).Select(n => SqlTables.Call(
        n % tables.Objects, "best", string.Create(CultureInfo.InvariantCulture, $"[{(n + n / tables.Objects) % Teams}]")))];

    public override string Name => "sql-select";

    public override string Title =>
        string.Create(CultureInfo.InvariantCulture, $"SQL indexed select, {tables.Objects:N0} objects of {tables.Rows:N0} rows");

    public override string Unit => "/s";

    public override async Task<string?> PrepareAsync(Side side, Side other)
    {
        await tables.FillAsync(side);
        await MeasureAsync(side, other);
        return null;
    }

    public override async Task<Figure> MeasureAsync(Side side, Side other)
    {
        await tables.WakeAsync(side);
        LoadResult load = await LoadAsync(side, other, n => _requests[n % _requests.Length]);
        int expected = Math.Min(10, tables.Rows / Teams);
        HttpReply reply = await side.TrySendAsync(_requests[0]);
        int rows = reply.Text.Split("\"note\":").Length - 1;
        return Figure.Of(load).Check(rows == expected, () => $"A select gave {rows} rows instead of {expected}: {reply.Text}");
    }
}
