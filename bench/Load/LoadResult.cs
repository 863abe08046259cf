namespace DurableObjects.Bench.Load;

/// <summary>What a load came to.</summary>
/// <param name="Operations">Requests that succeeded within the measured time.</param>
/// <param name="Acknowledged">Requests that succeeded in all, those before and after the measured time too.</param>
/// <param name="Errors">Requests that did not succeed, in all.</param>
/// <param name="FirstError">What the first of them said.</param>
/// <param name="Seconds">The measured time.</param>
/// <param name="Latencies">Milliseconds of each measured request, sorted.</param>
/// <param name="Cpu">Who used how much of the processors meanwhile.</param>
internal sealed record LoadResult(
    long Operations, long Acknowledged, long Errors, string? FirstError, double Seconds, double[] Latencies, CpuShares Cpu)
{
    public double PerSecond => Operations / Seconds;
}
