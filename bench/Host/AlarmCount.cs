namespace DurableObjects.BenchHost;

/// <summary>How many alarms have been handled in this process, for asking often without a turn of any object.</summary>
internal sealed class AlarmCount
{
    private long _value;

    public long Value => Volatile.Read(ref _value);

    public void Increment() => Interlocked.Increment(ref _value);
}
