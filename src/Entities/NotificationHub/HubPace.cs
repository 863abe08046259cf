namespace DurableObjects.Entities;

/// <summary>
/// How fast posts may come, of each poster and in all: each takes a step of time, and who is further ahead of the clock than a burst of
/// steps has to wait. It is the generic cell rate algorithm (ITU-T I.371), which keeps one number for each, and none for whom the clock
/// has caught up with.
/// </summary>
internal sealed class HubPace(ObjectStorage storage)
{
    public const string Migration = "CREATE TABLE pace(who TEXT PRIMARY KEY, ahead_to INTEGER NOT NULL) WITHOUT ROWID;";

    /// <summary>Counts a post.</summary>
    /// <exception cref="DurableObjectException">It comes too soon (429).</exception>
    public void Take(string? by, long now)
    {
        storage.Sql.Exec("DELETE FROM pace WHERE ahead_to <= ?", now);
        Take("all", "All posters together", NotificationHub.PostsPerSecond, NotificationHub.Burst, now);
        Take(
            $"by:{by}", by is null ? "Those who post without 'by'" : $"The poster '{by}'",
            NotificationHub.PostsPerSecondEach, NotificationHub.BurstEach, now);
    }

    private void Take(string who, string title, int perSecond, int burst, long now)
    {
        long step = 1_000 / perSecond;
        long aheadTo = storage.Sql.Exec("SELECT ahead_to FROM pace WHERE who = ?", who).FirstOrDefault()?.Get<long>(0) ?? now;
        long wait = aheadTo - now - ((burst - 1) * step);
        if (wait > 0)
        {
            throw new DurableObjectException(
                429, NotificationHub.TooManyPosts,
                $"{title} may post {perSecond} times a second, and {burst} times at once; the next can be in {wait} ms.")
            { Retryable = true, RetryAfter = TimeSpan.FromMilliseconds(wait) };
        }
        storage.Sql.Exec("INSERT OR REPLACE INTO pace(who, ahead_to) VALUES (?, ?)", who, aheadTo + step);
    }
}
