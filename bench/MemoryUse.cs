using System.Globalization;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;
using DurableObjects.Bench.Workloads;

namespace DurableObjects.Bench;

/// <summary>What a side keeps in RAM, as the system sees it: differences of resident memory, nothing being collected on request.</summary>
/// <param name="SideName">The side.</param>
/// <param name="StartedBytes">After the start and some work.</param>
/// <param name="Objects">How many objects were made after that and left to hibernate.</param>
/// <param name="PerObjectBytes">Bytes more for each of them.</param>
/// <param name="Sockets">How many sockets were opened first, to one object, which hibernated.</param>
/// <param name="PerSocketBytes">Bytes more for each of them.</param>
internal sealed record MemoryUse(
    string SideName, long StartedBytes, int Objects, double PerObjectBytes, int Sockets, double PerSocketBytes)
{
    /// <summary>Measures a side on a process of its own.</summary>
    public static async Task<MemoryUse> MeasureAsync(SideCommand command, string folder, BenchOptions options)
    {
        await using Side side = await Side.StartAsync(command, folder);
        // What the first of everything takes is no part of what each further one takes.
        await IncrementAsync(side, "first", Math.Min(1_000, options.KnownObjects), options);
        await using (Room first = await Room.OpenAsync(side, "first", 32))
        {
            await first.AnnounceAsync();
        }
        await Task.Delay(options.MemorySettle);
        long started = side.ResidentBytes;
        await using Room room = await Room.OpenAsync(side, "idle", options.Sockets);
        await Task.Delay(options.IsShort ? options.MemorySettle : TimeSpan.FromSeconds(13));
        long connected = side.ResidentBytes;
        await IncrementAsync(side, "known", options.KnownObjects, options);
        await Task.Delay(options.MemorySettle);
        long known = side.ResidentBytes;
        await room.AnnounceAsync();
        return new MemoryUse(
            command.Name, started, options.KnownObjects, (double)(known - connected) / options.KnownObjects,
            options.Sockets, (double)(connected - started) / options.Sockets);
    }

    private static async Task IncrementAsync(Side side, string prefix, int objects, BenchOptions options)
    {
        LoadResult made = await ClosedLoop.TimesAsync(
            side.Server, options.Connections, objects, TimeSpan.FromMinutes(5), () => new CpuClock(null, null),
            n => Requests.Call("counter", string.Create(CultureInfo.InvariantCulture, $"{prefix}-{n}"), "increment"));
        if (made.Errors > 0)
        {
            throw new BenchException($"{side.Name}: {made.Errors} objects could not be made, the first because of: {made.FirstError}");
        }
    }
}
