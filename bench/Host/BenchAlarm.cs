namespace DurableObjects.BenchHost;

/// <summary>Stores when its alarm was due and when it was handled.</summary>
[DurableObject("bench-alarm")]
internal sealed class BenchAlarm(ObjectContext context, AlarmCount count) : DurableObject(context)
{
    public void Set(long at)
    {
        Storage.Put("at", at);
        Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(at));
    }

    [ReadOnlyMethod]
    public Firing? Fired() => Storage.Get<Firing>("fired");

    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        Storage.Put("fired", new Firing(Storage.Get<long>("at"), Context.Clock.GetUtcNow().ToUnixTimeMilliseconds()));
        count.Increment();
        return ValueTask.CompletedTask;
    }

    internal sealed record Firing(long Due, long At);
}
