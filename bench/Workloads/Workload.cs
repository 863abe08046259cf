using DurableObjects.Bench.Load;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>One kind of work that both sides do.</summary>
internal abstract class Workload(BenchOptions options) : IAsyncDisposable
{
    /// <summary>The name to select it by.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, for the table.</summary>
    public abstract string Title { get; }

    /// <summary>The unit of its figure.</summary>
    public abstract string Unit { get; }

    /// <summary>Whether a larger figure is the better one, as of operations per second; otherwise it is a time.</summary>
    public virtual bool IsRate => true;

    /// <summary>Whom the embedded host is compared with.</summary>
    public virtual string Peer => SideCommand.Workerd;

    /// <summary>In which rounds it is measured: 1 for every one, 3 for the first, the fourth, the seventh.</summary>
    public virtual int EveryRounds => 1;

    protected BenchOptions Options { get; } = options;

    /// <summary>Makes on a side, once, what is measured later.</summary>
    /// <returns>Null, or why this cannot be measured.</returns>
    public virtual Task<string?> PrepareAsync(Side side, Side other) => Task.FromResult<string?>(null);

    /// <summary>At the beginning of each round.</summary>
    public virtual Task BeginRoundAsync(Side side) => Task.CompletedTask;

    public abstract Task<Figure> MeasureAsync(Side side, Side other);

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected static Func<CpuClock> Cpu(Side side, Side other) => () => new CpuClock(side.Process, other.Process);

    /// <summary>Sends for the measured time.</summary>
    protected Task<LoadResult> LoadAsync(Side side, Side other, Func<long, ReadOnlyMemory<byte>> request) =>
        ClosedLoop.ForAsync(side.Server, Options.Connections, Options.WarmUp, Options.Duration, Cpu(side, other), request);

    /// <summary>Sends each of some requests once, and throws if one fails.</summary>
    protected async Task<LoadResult> EachAsync(
        Side side, Side other, long count, Func<long, ReadOnlyMemory<byte>> request, Action<long, Net.HttpReply>? check = null)
    {
        LoadResult result = await ClosedLoop.TimesAsync(
            side.Server, Options.Connections, count, TimeSpan.FromMinutes(10), Cpu(side, other), request, check);
        return result.Errors == 0
            ? result
            : throw new BenchException(
                $"{Name} on {side.Name}: {result.Errors} of {count} requests failed, the first with: {result.FirstError}");
    }
}
