namespace DurableObjects.BenchHost;

/// <summary>How many activities have run in this process.</summary>
internal sealed class StepCount
{
    private long _value;

    public long Value => Volatile.Read(ref _value);

    public void Increment() => Interlocked.Increment(ref _value);
}
