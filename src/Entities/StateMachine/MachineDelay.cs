namespace DurableObjects.Entities;

/// <summary>A timeout as declared.</summary>
/// <param name="Trigger">What it fires.</param>
/// <param name="Delay">After how long in the state.</param>
/// <param name="Description">That time in words.</param>
internal sealed record MachineDelay<TTrigger>(TTrigger Trigger, Func<TimeSpan> Delay, string Description)
    where TTrigger : struct, Enum
{
    /// <summary>The time of a stay that began at a time, in milliseconds.</summary>
    /// <exception cref="DurableObjectException">The time is outside its limits (500).</exception>
    public long DueAfter(long since) => Delay() is { TotalMilliseconds: >= 1 } delay && delay <= StateMachineLimits.LongestTimeout
        ? since + (long)Math.Ceiling(delay.TotalMilliseconds)
        : throw new DurableObjectException(
            500, StateMachineLimits.BrokenDeclaration,
            $"The timeout that fires {Trigger} is {Delay()}; it must be 1 ms to {StateMachineLimits.LongestTimeout.TotalDays} days.");

    /// <summary>A time in words: <c>1d 2h</c>.</summary>
    public static string Text(TimeSpan time)
    {
        (int Value, string Unit)[] parts =
            [(time.Days, "d"), (time.Hours, "h"), (time.Minutes, "min"), (time.Seconds, "s"), (time.Milliseconds, "ms")];
        return string.Join(' ', parts.Where(part => part.Value != 0).Select(part => $"{part.Value}{part.Unit}"));
    }
}
