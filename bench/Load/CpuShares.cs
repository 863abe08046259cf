namespace DurableObjects.Bench.Load;

/// <summary>Processor time used during a measurement, in processors: 1 is one processor all the time.</summary>
/// <param name="Generator">By this process.</param>
/// <param name="Measured">By the side that was measured.</param>
/// <param name="Idle">By the other side, which should be near 0.</param>
internal sealed record CpuShares(double Generator, double Measured, double Idle);
