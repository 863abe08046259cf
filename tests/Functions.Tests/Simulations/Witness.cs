namespace DurableObjects.Functions.Tests.Simulations;

/// <summary>
/// What no database takes back: it counts every time that a handler runs, so that what leaves an object can be told to be of a run that was
/// committed, or of one that came to nothing.
/// </summary>
public sealed class Witness(int seed)
{
    private readonly Random _random = new(seed);
    private long _last;

    /// <summary>How often a handler fails that may.</summary>
    public double Failures { get; set; }

    /// <summary>Times that an alarm's handler ran before its time.</summary>
    public int Early { get; set; }

    /// <summary>Never ends; given by the test.</summary>
    public Func<Task> Hang { get; set; } = () => Task.CompletedTask;

    /// <summary>Stands for one run of a handler.</summary>
    public long Next() => ++_last;

    public bool Fails() => Failures > 0 && _random.NextDouble() < Failures;
}
