using System.Diagnostics;

namespace DurableObjects.Bench.Load;

/// <summary>Measures processor time from its making on.</summary>
internal sealed class CpuClock
{
    private readonly Process? _measured;
    private readonly Process? _idle;
    private readonly (TimeSpan Generator, TimeSpan Measured, TimeSpan Idle) _start;
    private readonly long _began = Stopwatch.GetTimestamp();

    public CpuClock(Process? measured, Process? idle)
    {
        _measured = measured;
        _idle = idle;
        _start = Now();
    }

    public CpuShares Stop()
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_began);
        (TimeSpan generator, TimeSpan measured, TimeSpan idle) = Now();
        return new CpuShares(
            (generator - _start.Generator) / elapsed, (measured - _start.Measured) / elapsed, (idle - _start.Idle) / elapsed);
    }

    private static TimeSpan Of(Process? process)
    {
        if (process is null)
        {
            return TimeSpan.Zero;
        }
        process.Refresh();
        return process.TotalProcessorTime;
    }

    private (TimeSpan Generator, TimeSpan Measured, TimeSpan Idle) Now() =>
        (Environment.CpuUsage.TotalTime, Of(_measured), Of(_idle));
}
