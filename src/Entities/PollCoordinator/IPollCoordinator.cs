namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>poll-coordinator</c>. A source is named by 1 to <see cref="PollLimits.SourceCharacters"/>
/// characters. Arguments outside their limits are refused (400 <c>invalid-argument</c>), and what needs a source that is not there is
/// 404 <c>unknown-source</c>.
/// </summary>
public interface IPollCoordinator
{
    /// <summary>
    /// Polls a source from now on, at once for the first time. One of that name gets the new settings; if its URL or format changes, what
    /// was known of it is forgotten, its items among that.
    /// </summary>
    /// <param name="source">Its name.</param>
    /// <param name="url">
    /// <c>http</c> or <c>https</c>, at most <see cref="PollLimits.UrlCharacters"/> characters, without user name and password. Unless
    /// the host's setting <see cref="PollActivity.AllowPrivateAddresses"/> says otherwise, polls fail that would lead to an address which
    /// is not public.
    /// </param>
    /// <param name="everySeconds">
    /// Seconds from the end of one poll to the next: <see cref="PollLimits.MinEverySeconds"/> to
    /// <see cref="PollLimits.MaxEverySeconds"/>, with up to three decimals.
    /// </param>
    /// <param name="jitter">The share of that, 0 to 1, by which chance makes it longer or shorter.</param>
    /// <param name="format">How answers become items.</param>
    /// <param name="target">Who gets new items by a signal.</param>
    /// <exception cref="DurableObjectException">
    /// There are <see cref="PollLimits.MaxSources"/> sources (409 <c>too-many-sources</c>).
    /// </exception>
    Task<PollSource> Watch(
        string source, string url, decimal everySeconds = 60, double jitter = 0.1, PollFormat format = PollFormat.Items,
        PollTarget? target = null);

    /// <summary>
    /// Forgets a source. What a poll under way brings is not taken note of. With the last source goes the coordinator, and its feed.
    /// </summary>
    /// <returns>Whether there was such a source.</returns>
    Task<bool> Unwatch(string source);

    /// <summary>Has a source not be polled until it is resumed. A poll under way is still taken note of.</summary>
    Task<PollSource> Pause(string source);

    /// <summary>Polls a paused source again, at once.</summary>
    Task<PollSource> Resume(string source);

    /// <summary>
    /// Polls a source now, paused, failing or neither. If a poll is under way, another follows it. The answer does not wait for the poll.
    /// </summary>
    Task<PollSource> PollNow(string source);

    /// <summary>A source, or null. Read-only.</summary>
    Task<PollSource?> Source(string source);

    /// <summary>A page of the sources, in the order of their ids. Read-only.</summary>
    /// <param name="limit">How many at most: 1 to <see cref="PollLimits.PageSources"/>.</param>
    /// <param name="cursor">Where the page before ended.</param>
    Task<PollSourcePage> Sources(int limit = 100, string? cursor = null);

    /// <summary>
    /// The feed: what was handed on last, oldest first; it keeps the last <see cref="PollLimits.FeedItems"/>. Read-only.
    /// </summary>
    /// <param name="after">Only items with greater numbers: give the last of a page to get the next.</param>
    /// <param name="limit">How many at most: 1 to <see cref="PollLimits.PageItems"/>.</param>
    Task<IReadOnlyList<PolledItem>> Items(long after = 0, int limit = 100);
}
