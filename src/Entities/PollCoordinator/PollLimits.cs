namespace DurableObjects.Entities;

/// <summary>The limits of a poll coordinator, and how long it waits.</summary>
public static class PollLimits
{
    /// <summary>Characters (UTF-16) of a source's name.</summary>
    public const int SourceCharacters = 128;

    /// <summary>Characters (UTF-16) of a URL.</summary>
    public const int UrlCharacters = 2_048;

    /// <summary>Characters of an entity tag or date that is sent back to a source; what is longer is not kept.</summary>
    public const int ValidatorCharacters = 512;

    /// <summary>Sources of one coordinator.</summary>
    public const int MaxSources = 1_000;

    /// <summary>Polls that are under way at once; what is due beyond that waits.</summary>
    public const int MaxPolling = 32;

    /// <summary>The shortest period in seconds. Each poll is a workflow and three commits of the coordinator.</summary>
    public const decimal MinEverySeconds = 1;

    /// <summary>The longest period in seconds: 31 days.</summary>
    public const int MaxEverySeconds = 31 * 24 * 60 * 60;

    /// <summary>Bytes of a body, unpacked.</summary>
    public const int BodyBytes = 512 * 1_024;

    /// <summary>Items of one answer.</summary>
    public const int MaxItems = 1_000;

    /// <summary>Characters (UTF-16) of an item's id.</summary>
    public const int ItemIdCharacters = 256;

    /// <summary>Bytes of an item, as JSON. A page of the feed stays below <see cref="Limits.ResponseBytes"/>.</summary>
    public const int ItemBytes = 64 * 1_024;

    /// <summary>Items that are known again of one source: those that its answers listed last.</summary>
    public const int MaxKnown = 2_000;

    /// <summary>Items that the feed keeps.</summary>
    public const int FeedItems = 1_000;

    /// <summary>Items of one page of the feed.</summary>
    public const int PageItems = 100;

    /// <summary>Sources of one page.</summary>
    public const int PageSources = 100;

    /// <summary>How long a source may take, with its body.</summary>
    public static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(30);

    /// <summary>What a poll has beyond that, from the leave to its result, before it is given up.</summary>
    public static readonly TimeSpan Overhead = TimeSpan.FromSeconds(30);

    /// <summary>How long a poll may take to begin, on a host that has much to do.</summary>
    public static readonly TimeSpan BeginPatience = TimeSpan.FromMinutes(5);

    /// <summary>The longest period to which failures lengthen a shorter one.</summary>
    public static readonly TimeSpan LongestBackoff = TimeSpan.FromHours(1);

    /// <summary>The longest that a source may ask to be left alone.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);
}
