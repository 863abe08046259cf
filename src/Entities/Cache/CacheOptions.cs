namespace DurableObjects.Entities;

/// <summary>How the values of a source are kept.</summary>
public sealed record CacheOptions
{
    /// <summary>The longest of the times below, but for the timeout: thirty days.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>The longest <see cref="Timeout"/>: less than <see cref="Limits.TurnDeadline"/>, to leave time to record it.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(20);

    /// <summary>How long a value is fresh. A minute by default.</summary>
    public TimeSpan FreshFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long after that it may still be answered, while it is loaded anew in the background. Ten minutes by default; 0 for not.
    /// </summary>
    public TimeSpan StaleFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long it is remembered that the source does not have a key. Ten seconds by default; 0 for not.</summary>
    public TimeSpan NotThereFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the source may take, before it has failed. Ten seconds by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After how long a source that failed is asked again; each further failure doubles it. A second by default.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such pause. A minute by default.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long to leave the source alone after so many failures in a row.</summary>
    internal TimeSpan PauseAfter(int failures)
    {
        double pause = FirstPause.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30));
        return TimeSpan.FromMilliseconds(Math.Min(pause, LongestPause.TotalMilliseconds));
    }

    /// <exception cref="ArgumentException">An option is outside its limits.</exception>
    internal void Check(string source)
    {
        Within(source, nameof(FreshFor), FreshFor, TimeSpan.FromMilliseconds(1), Longest);
        Within(source, nameof(StaleFor), StaleFor, TimeSpan.Zero, Longest);
        Within(source, nameof(NotThereFor), NotThereFor, TimeSpan.Zero, Longest);
        Within(source, nameof(Timeout), Timeout, TimeSpan.FromMilliseconds(1), LongestTimeout);
        Within(source, nameof(FirstPause), FirstPause, TimeSpan.FromMilliseconds(1), Longest);
        Within(source, nameof(LongestPause), LongestPause, FirstPause, Longest);
    }

    private static void Within(string source, string name, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
        {
            throw new ArgumentException($"The cache's source '{source}' has the {name} {value}; it must be {least} to {most}.");
        }
    }
}
