namespace DurableObjects.BenchHost;

/// <summary>Says whether a request woke it, which is the proof that it had hibernated.</summary>
[DurableObject("bench-wake")]
internal sealed class BenchWake(ObjectContext context) : DurableObject(context)
{
    private int _touches;

    public void Set(long value) => Storage.Put("value", value);

    public Touched Touch() => new(Storage.Get<long>("value"), ++_touches);

    internal sealed record Touched(long Value, int Touches);
}
