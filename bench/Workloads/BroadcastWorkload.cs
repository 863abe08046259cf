using System.Globalization;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>One message, stored and then sent to every socket of one object.</summary>
internal sealed class BroadcastWorkload(BenchOptions options) : Workload(options)
{
    private readonly Dictionary<Side, Room> _rooms = [];

    public override string Name => "broadcast";

    public override string Title =>
        string.Create(CultureInfo.InvariantCulture, $"one message to {Options.Sockets:N0} sockets, until the last has it");

    public override string Unit => "ms";

    public override bool IsRate => false;

    public override async Task<string?> PrepareAsync(Side side, Side other)
    {
        _rooms[side] = await Room.OpenAsync(side, "lobby", Options.Sockets);
        await MeasureAsync(side, other);
        return null;
    }

    public override async Task<Figure> MeasureAsync(Side side, Side other)
    {
        Room room = _rooms[side];
        // The first wakes the object, which is another workload's figure.
        await room.AnnounceAsync();
        List<double> times = [];
        CpuClock clock = new(side.Process, other.Process);
        for (int i = 0; i < Options.Messages; i++)
        {
            times.Add(await room.AnnounceAsync());
        }
        CpuShares cpu = clock.Stop();
        times.Sort();
        long stored = await room.StoredAsync();
        return new Figure(Figure.Percentile(times, 0.5)!.Value)
        {
            Operations = times.Count,
            P50Ms = Figure.Percentile(times, 0.5),
            P99Ms = Figure.Percentile(times, 0.99),
            Cpu = cpu,
        }.Check(stored == room.Sent, () => $"{room.Sent} messages were sent, {stored} are stored.");
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (Room room in _rooms.Values)
        {
            await room.DisposeAsync();
        }
        await base.DisposeAsync();
    }
}
