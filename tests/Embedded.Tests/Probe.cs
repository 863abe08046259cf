using System.Collections.Concurrent;

namespace DurableObjects.Embedded.Tests;

/// <summary>Where a test meets the handlers of its objects.</summary>
public sealed class ProbeControls
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _reached = new();

    public ConcurrentQueue<string> Events { get; } = new();

    /// <summary>Bytes that alarms' handlers write before they end.</summary>
    public int AlarmWrites { get; set; }

    /// <summary>Whether the next alarm's handler throws.</summary>
    public bool AlarmFails { get; set; }

    public void Open(string gate) => Of(_gates, gate).TrySetResult();

    public void OpenAll()
    {
        foreach (TaskCompletionSource gate in _gates.Values)
        {
            gate.TrySetResult();
        }
    }

    public Task ReachedAsync(string gate) => Of(_reached, gate).Task.WaitAsync(TimeSpan.FromSeconds(30));

    internal Task PassAsync(string gate)
    {
        Of(_reached, gate).TrySetResult();
        return Of(_gates, gate).Task;
    }

    private static TaskCompletionSource Of(ConcurrentDictionary<string, TaskCompletionSource> all, string gate) =>
        all.GetOrAdd(gate, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}

/// <summary>An object that does what a test tells it to.</summary>
[DurableObject("probe")]
public sealed class Probe(ObjectContext context, ProbeControls controls) : DurableObject(context)
{
    private const string Number = "n";
    private const string Log = "log/";

    /// <summary>Adds to the counter.</summary>
    /// <param name="by">How much.</param>
    /// <param name="padding">Nothing but length.</param>
    public long Add(long by, string padding = "")
    {
        long sum = Storage.Get(Number, 0L) + by;
        Storage.Put(Number, sum);
        return sum;
    }

    [ReadOnlyMethod]
    public long Get() => Storage.Get(Number, 0L);

    /// <summary>The same, as an ordinary turn.</summary>
    public long Look() => Storage.Get(Number, 0L);

    /// <summary>Reads, and waits for the gate before it answers.</summary>
    [ReadOnlyMethod]
    public async Task<long> GetSlowly(string gate)
    {
        long number = Storage.Get(Number, 0L);
        await controls.PassAsync(gate);
        return number + 0 * Storage.Get(Number, 0L);
    }

    /// <summary>Writes that many bytes, in values of a megabyte at most.</summary>
    public void Write(int bytes)
    {
        const int Most = 1_000_000;
        for (int i = 0; i * Most < bytes; i++)
        {
            Storage.Put($"large/{i}", new byte[Math.Min(Most, bytes - i * Most)]);
        }
    }

    /// <summary>Writes that many bytes, which do not compress.</summary>
    public void WriteNoise(int bytes, int seed)
    {
        byte[] noise = new byte[bytes];
        new Random(seed).NextBytes(noise);
        Storage.Put("noise", noise);
    }

    public long Throw() => throw new DurableObjectException(409, "no", $"The number is {Storage.Get(Number, 0L)}.");

    /// <summary>Adds once the gate is open.</summary>
    public async Task<long> AddSlowly(long by, string gate, string padding = "")
    {
        await controls.PassAsync(gate);
        return Add(by);
    }

    /// <summary>Signals another object, with a number that counts up.</summary>
    public void Tell(string receiver, int times)
    {
        for (int i = 0; i < times; i++)
        {
            long next = Storage.Get("told/" + receiver, 0L) + 1;
            Storage.Put("told/" + receiver, next);
            Context.Objects.Signal(ObjectAddress.OfName("probe", receiver), nameof(Heard), Context.Name, next);
        }
    }

    public void Heard(string sender, long number)
    {
        long before = Storage.Get("heard/" + sender, 0L);
        if (number != before + 1)
        {
            Storage.Put("broken", $"{number} of {sender} came after {before}");
        }
        Storage.Put("heard/" + sender, number);
    }

    [ReadOnlyMethod]
    public long HeardFrom(string sender) => Storage.TryGet("broken", out string? broken)
        ? throw new InvalidOperationException(broken)
        : Storage.Get("heard/" + sender, 0L);

    public long Told(string receiver) => Storage.Get("told/" + receiver, 0L);

    public void WakeAfter(int seconds) => Storage.SetAlarm(TimeSpan.FromSeconds(seconds));

    /// <summary>Sets the alarm and notes that it has to ring.</summary>
    public void Arm(int seconds)
    {
        Storage.Put("armed", true);
        Storage.SetAlarm(TimeSpan.FromSeconds(seconds));
    }

    public long IsArmed() => Storage.Get("armed", false) ? 1 : 0;

    public long HasAlarm() => Storage.GetAlarm() is null ? 0 : 1;

    [ReadOnlyMethod]
    public long Rings() => Storage.Get("rings", 0L);

    public void Forget() => Storage.DeleteAll();

    public void Say(string text) => Context.Sockets.Send("message", text);

    [ReadOnlyMethod]
    public long SocketsClosed() => Storage.Get("closed", 0L);

    public long SocketCount() => Context.Sockets.Count;

    protected override ValueTask OnWake()
    {
        controls.Events.Enqueue($"wake {Context.Name}");
        return ValueTask.CompletedTask;
    }

    protected override async ValueTask OnAlarm(AlarmInfo alarm)
    {
        controls.Events.Enqueue($"alarm {Context.Name} {alarm.RetryCount}");
        if (controls.AlarmFails)
        {
            await controls.PassAsync("alarm");
        }
        Write(controls.AlarmWrites);
        Storage.Put("armed", false);
        Storage.Put("rings", Storage.Get("rings", 0L) + 1);
    }

    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening) => ValueTask.CompletedTask;

    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        Storage.Put("closed", Storage.Get("closed", 0L) + 1);
        return ValueTask.CompletedTask;
    }
}
