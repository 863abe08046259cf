using System.Globalization;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>SQL that changes a row and its index entry, in tables of many objects in turn.</summary>
internal sealed class UpsertWorkload(BenchOptions options, SqlTables tables) : Workload(options)
{
    /// <summary>Prepared requests, so that making them is no part of the measurement. A multiple of no number of objects.</summary>
    private const int Prepared = 50_021;

    private const int Sampled = 200;

    private int _measurements;

    public override string Name => "sql-upsert";

    public override string Title =>
        string.Create(CultureInfo.InvariantCulture, $"SQL upsert, {tables.Objects:N0} objects of {tables.Rows:N0} rows");

    public override string Unit => "/s";

    public override async Task<string?> PrepareAsync(Side side, Side other)
    {
        await tables.FillAsync(side);
        await MeasureAsync(side, other);
        return null;
    }

    public override async Task<Figure> MeasureAsync(Side side, Side other)
    {
        int salt = ++_measurements;
        byte[][] requests = [.. Enumerable.Range(0, Prepared).Select(n =>
        {
            (long table, long id, long score) = Change(n, salt);
            return SqlTables.Call(table, "upsert", string.Create(CultureInfo.InvariantCulture, $"[{id},{score}]"));
        })];
        await tables.WakeAsync(side);
        LoadResult load = await LoadAsync(side, other, n => requests[n % Prepared]);
        Figure figure = Figure.Of(load);
        if (load.Errors > 0)
        {
            return figure;
        }
        // Every number up to here was sent and acknowledged, and whoever writes a row again writes the same.
        int sent = (int)Math.Min(load.Acknowledged, Prepared);
        for (int i = 0; i < Sampled; i++)
        {
            (long table, long id, long score) = Change((int)((long)i * sent / Sampled), salt);
            string json = string.Create(CultureInfo.InvariantCulture, $"[{id}]");
            long stored = await side.NumberAsync(SqlTables.Call(table, "score", json));
            figure = figure.Check(stored == score, () => $"Row {id} of {SqlTables.Key(table)} is {stored}; {score} was acknowledged.");
        }
        return figure;
    }

    /// <summary>Change number n of a measurement: in a row that looks random, to a value that depends on the row alone.</summary>
    private (long Table, long Id, long Score) Change(int n, int salt)
    {
        long table = n % tables.Objects;
        long id = (long)(Mix((ulong)n) % (ulong)tables.Rows);
        long score = (long)(Mix((ulong)((table << 40) + (id << 16) + salt)) % 1_000_000);
        return (table, id, score);
    }

    /// <summary>The finalizer of SplitMix64.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9e3779b97f4a7c15;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
