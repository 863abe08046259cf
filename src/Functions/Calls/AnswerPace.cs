namespace DurableObjects.Functions.Calls;

/// <summary>
/// When a caller looks for his answer. Each look costs a storage request, and each millisecond after the answer is there is the caller's:
/// so the first comes when answers have lately been there, and the next ones at growing distances. May be used from any thread.
/// </summary>
public sealed class AnswerPace
{
    /// <summary>What is assumed before anything was measured: an entity's operation on a worker that is awake.</summary>
    public static readonly TimeSpan FirstGuess = TimeSpan.FromMilliseconds(40);

    /// <summary>The longest distance between two looks.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(500);

    /// <summary>The shortest distance.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(5);

    /// <summary>What counts at most: a worker that had to be started says nothing about the next call.</summary>
    private static readonly TimeSpan Slowest = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// An answer that is there at the first look may have been there for long: the next caller looks so much earlier. One look too many
    /// costs a request; waiting too long is paid by every call.
    /// </summary>
    private const double Earlier = 0.93;

    /// <summary>The weight of an answer that was not there at the first look, among those before it.</summary>
    private const double Weight = 0.2;

    private long _typical = FirstGuess.Ticks;

    /// <summary>How long it takes lately until an answer is there.</summary>
    public TimeSpan Typical => TimeSpan.FromTicks(Interlocked.Read(ref _typical));

    /// <summary>How long to wait before a look.</summary>
    /// <param name="look">0 for the first.</param>
    public TimeSpan Before(int look)
    {
        double ticks = look == 0 ? Typical.Ticks * 0.9 : Typical.Ticks * 0.25 * Math.Pow(1.4, look - 1);
        return TimeSpan.FromTicks((long)Math.Clamp(ticks, Shortest.Ticks, Longest.Ticks));
    }

    /// <summary>An answer was found.</summary>
    /// <param name="took">How long after the call was sent.</param>
    /// <param name="looks">How many looks it took.</param>
    public void Found(TimeSpan took, int looks)
    {
        double before = Interlocked.Read(ref _typical);
        double after = looks == 1 ? before * Earlier : before + Weight * (Math.Min(took.Ticks, Slowest.Ticks) - before);
        // Two answers at once may make one of them count for nothing, which does no harm.
        Interlocked.Exchange(ref _typical, (long)Math.Max(after, Shortest.Ticks));
    }
}
