using System.Globalization;

namespace DurableObjects.Hosting;

/// <summary>
/// Counts the bytes that something may hold, so that it refuses before memory grows. One thing is always accepted when nothing
/// else is held, however large it is. May be used from any thread.
/// </summary>
/// <param name="limit">Bytes that may be held.</param>
/// <param name="reserve">
/// Bytes of these that only takes of at most <see cref="SmallBytes"/> get: a flood of large ones must not lock out the small ones
/// of everybody else.
/// </param>
public sealed class ByteBudget(long limit, long reserve = 0)
{
    /// <summary>The largest take that the reserve is for: 64 KiB.</summary>
    public const int SmallBytes = 64 * 1_024;

    private long _held;

    /// <summary>Bytes that may be held.</summary>
    public long Limit { get; } = limit;

    /// <summary>Bytes that are held now. More than the limit after a <see cref="Take"/>.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Takes bytes, if there is room for them.</summary>
    public bool TryTake(long bytes)
    {
        long held = Interlocked.Add(ref _held, bytes);
        if (held <= (bytes > SmallBytes ? Limit - reserve : Limit) || held == bytes)
        {
            return true;
        }
        Interlocked.Add(ref _held, -bytes);
        return false;
    }

    /// <summary>Takes bytes for something that cannot be refused; others are refused for it.</summary>
    public void Take(long bytes) => Interlocked.Add(ref _held, bytes);

    /// <summary>Gives back what was taken.</summary>
    public void Give(long bytes) => Interlocked.Add(ref _held, -bytes);

    /// <summary>The error of a refused take (503, retryable, overloaded).</summary>
    /// <param name="where">Where the bytes are held, as in "wait in front of counter/a".</param>
    /// <param name="bytes">What was to be taken.</param>
    public DurableObjectException Overloaded(string where, long bytes) => new(
        503, ErrorCodes.Overloaded,
        string.Create(
            CultureInfo.InvariantCulture, $"{Held:N0} bytes {where}; with the {bytes:N0} of this the limit of {Limit:N0} is passed."))
    {
        Retryable = true,
        Overloaded = true,
        RetryAfter = TimeSpan.FromSeconds(1),
    };
}
