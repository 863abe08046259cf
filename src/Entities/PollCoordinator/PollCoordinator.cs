using System.Security.Cryptography;
using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// Polls many sources on the web, each at its own pace and never twice at a time, and hands on what is new: by a signal to an object, to
/// connected clients as <c>items</c>, and in a feed. It knows of each source when it last succeeded and why it fails.
/// </summary>
/// <remarks>
/// A poll runs outside of any turn, as a <see cref="PollWorkflow"/>, so a slow source holds up nothing. It asks for leave before it begins
/// (<see cref="Begin"/>) and brings what came (<see cref="Finish"/>); if that never comes, the alarm gives it up. Derive and override
/// <see cref="Parse"/> for sources that speak otherwise.
/// </remarks>
[DurableObject("poll-coordinator")]
public class PollCoordinator(ObjectContext context) : DurableObject(context), IPollCoordinator, IPollRuns
{
    /// <summary>The error code of one source too many.</summary>
    public const string TooManySources = "too-many-sources";

    /// <summary>The error code of a source that is not there.</summary>
    public const string UnknownSource = "unknown-source";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations => [WatchedSources.Migration + PollNews.Migration];

    private WatchedSources Watched => new(Storage);

    private PollNews News => new(Storage);

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public Task<PollSource> Watch(
        string source, string url, decimal everySeconds = 60, double jitter = 0.1, PollFormat format = PollFormat.Items,
        PollTarget? target = null)
    {
        Argument.Text(source, "source", PollLimits.SourceCharacters);
        string address = CheckUrl(url);
        long every = Argument.Milliseconds(everySeconds, "everySeconds", PollLimits.MinEverySeconds, PollLimits.MaxEverySeconds);
        if (!(jitter is >= 0 and <= 1))
        {
            throw Argument.Invalid($"'jitter' is {jitter}; it must be 0 to 1.");
        }
        if (!Enum.IsDefined(format))
        {
            throw Argument.Invalid($"'format' is {format}; it must be 'items' or 'body'.");
        }
        // Refuses a malformed key where the caller still sees the error.
        _ = target is null ? null : ObjectAddress.OfKey(target.Class, target.Key);
        string? targetJson = Argument.Json(target, "target", PollLimits.UrlCharacters);
        if (Watched.Find(source) is { } known)
        {
            if (known.Url != address || known.Format != format)
            {
                News.Forget(known);
                Watched.Restart(known, address, format, Now);
            }
        }
        else
        {
            if (Watched.Count() >= PollLimits.MaxSources)
            {
                throw new DurableObjectException(409, TooManySources, $"There are {PollLimits.MaxSources:N0} sources, which is the limit.");
            }
            Watched.Add(source, address, format, Now);
        }
        Watched.Configure(source, every, jitter, targetJson, Now);
        return Task.FromResult(GoOn(source));
    }

    /// <inheritdoc/>
    public Task<bool> Unwatch(string source)
    {
        Argument.Text(source, "source", PollLimits.SourceCharacters);
        if (Watched.Find(source) is not { } row)
        {
            return Task.FromResult(false);
        }
        News.Forget(row);
        Watched.Remove(row);
        if (Watched.Any())
        {
            GoOn();
        }
        else
        {
            Storage.DeleteAll();
        }
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public Task<PollSource> Pause(string source)
    {
        Watched.Pause(Known(source));
        return Task.FromResult(GoOn(source));
    }

    /// <inheritdoc/>
    public Task<PollSource> Resume(string source)
    {
        PollRow row = Known(source);
        if (row.Paused)
        {
            Watched.Resume(row, Now);
        }
        return Task.FromResult(GoOn(source));
    }

    /// <inheritdoc/>
    public Task<PollSource> PollNow(string source)
    {
        Watched.PollNow(Known(source), Now);
        return Task.FromResult(GoOn(source));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<PollSource?> Source(string source)
    {
        Argument.Text(source, "source", PollLimits.SourceCharacters);
        return Task.FromResult(Watched.Find(source)?.ToSource());
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<PollSourcePage> Sources(int limit = PollLimits.PageSources, string? cursor = null)
    {
        Argument.Within(limit, "limit", 1, PollLimits.PageSources);
        List<PollRow> rows = Watched.Page(cursor ?? "", limit + 1);
        return Task.FromResult(new PollSourcePage(
            [.. rows.Take(limit).Select(row => row.ToSource())], rows.Count > limit ? rows[limit - 1].Id : null));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<PolledItem>> Items(long after = 0, int limit = PollLimits.PageItems)
    {
        Argument.Within(limit, "limit", 1, PollLimits.PageItems);
        return Task.FromResult(News.Page(after, limit));
    }

    /// <inheritdoc/>
    public Task<PollPermit?> Begin(string poll)
    {
        RuntimeOnly.RequireActivity(Context.Caller);
        if (Watched.Polling(poll) is not { Begun: false } row)
        {
            return Task.FromResult<PollPermit?>(null);
        }
        Watched.Begin(row, Now + (long)(PollLimits.PollTimeout + PollLimits.Overhead).TotalMilliseconds);
        SetAlarmForNext();
        return Task.FromResult<PollPermit?>(new PollPermit(row.Url, row.Etag, row.LastModified));
    }

    /// <inheritdoc/>
    public Task Finish(string poll, PollAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        RuntimeOnly.RequireActivity(Context.Caller);
        if (Watched.Polling(poll) is not { } row)
        {
            return Task.CompletedTask;
        }
        if (row.Stale)
        {
            Leave(row, 0, null);
            GoOn();
            return Task.CompletedTask;
        }
        string? error = answer.Error ?? (answer.IsUnchanged ? null : TryHandOn(row, answer));
        if (error is null)
        {
            Watched.Succeed(row, answer, Now);
            Leave(row, 0, answer.RetryAfterSeconds);
        }
        else
        {
            Fail(row, error, answer.Status, answer.RetryAfterSeconds);
        }
        GoOn();
        return Task.CompletedTask;
    }

    /// <summary>Takes note of the end of a poll's workflow, of which nothing is left to come. For workflows alone.</summary>
    public Task Ended(WorkflowStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        RuntimeOnly.RequireWorkflow(Context.Caller);
        // One that is completed has brought its result; or it was begun twice, and the other run may still be under way.
        if (status.State is WorkflowState.Failed or WorkflowState.Terminated && Watched.Polling(status.Id) is { } row)
        {
            Fail(row, $"The poll was not made: {status.Error?.Message ?? "its workflow was terminated"}", null, null);
            GoOn();
        }
        return Task.CompletedTask;
    }

    /// <summary>
    /// Finds the items in what a source answered. What it throws is the poll's failure, and nothing of the answer is kept, so that it comes
    /// again. It runs in a turn, so it should not take long.
    /// </summary>
    /// <param name="source">The source.</param>
    /// <param name="answer">A success with its body.</param>
    /// <returns>At most <see cref="PollLimits.MaxItems"/>. Of those with the same id the last counts.</returns>
    protected virtual IEnumerable<FoundItem> Parse(PollSource source, PollAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(answer);
        return source.Format == PollFormat.Body ? [FoundItems.Whole(answer)] : FoundItems.Of(answer.Body);
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(opening);
        PollListeners.Take(socket, opening.Query.GetValueOrDefault("source"));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected sealed override ValueTask OnAlarm(AlarmInfo alarm)
    {
        foreach (PollRow row in Watched.Late(Now))
        {
            Fail(row, row.Begun ? "The poll was begun and never came back." : "The poll was not begun in time.", null, null);
        }
        GoOn();
        return ValueTask.CompletedTask;
    }

    private static string CheckUrl(string url)
    {
        Argument.Text(url, "url", PollLimits.UrlCharacters);
        bool isGood = Uri.TryCreate(url, UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            && address.Host.Length > 0 && address.UserInfo.Length == 0;
        return isGood ? url : throw Argument.Invalid("'url' must be absolute, http or https, without user name and password.");
    }

    private PollRow Known(string source)
    {
        Argument.Text(source, "source", PollLimits.SourceCharacters);
        return Watched.Find(source) ?? throw new DurableObjectException(404, UnknownSource, $"There is no source '{source}'.");
    }

    private PollSource GoOn(string source)
    {
        GoOn();
        return Watched.Find(source)!.ToSource();
    }

    /// <summary>Starts what is due, as much as may be under way at once, and sets the alarm for what comes next.</summary>
    private void GoOn()
    {
        int free = PollLimits.MaxPolling - Watched.CountPolling();
        foreach (long key in Watched.Due(Now, Math.Max(0, free)))
        {
            string poll = $"poll-{WorkflowId.New(Context.Clock)}";
            Watched.Start(key, poll, Now + (long)PollLimits.BeginPatience.TotalMilliseconds);
            Context.Workflows.Start(
                PollWorkflow.Name, poll, new PollOrder(Context.Address.ClassName, Context.Address.Key), then: nameof(Ended));
        }
        SetAlarmForNext();
    }

    private void SetAlarmForNext()
    {
        // What is due and does not fit waits for the end of another, and that comes by itself or is given up.
        DateTimeOffset? alarm = Watched.NextTime(Now) is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null;
        if (alarm is null)
        {
            Storage.DeleteAlarm();
        }
        else if (alarm != Storage.GetAlarm())
        {
            Storage.SetAlarm(alarm.Value);
        }
    }

    private void Fail(PollRow row, string error, int? status, double? retryAfterSeconds)
    {
        Watched.Fail(row, error, status);
        Leave(row, row.Failures + 1, retryAfterSeconds);
    }

    /// <summary>Ends the poll and says when the next is.</summary>
    private void Leave(PollRow row, int failures, double? retryAfterSeconds)
    {
        long? next = row.Again ? Now : row.Paused ? null : Now + row.Wait(failures, Random.Shared.NextDouble(), retryAfterSeconds);
        Watched.Leave(row, next);
    }

    /// <summary>Hands on what is new in an answer; why not, or null.</summary>
    private string? TryHandOn(PollRow row, PollAnswer answer)
    {
        byte[] hash = SHA256.HashData(answer.Body);
        if (row.BodyHash is { } before && hash.AsSpan().SequenceEqual(before))
        {
            return null;
        }
        try
        {
            Storage.Transaction(() =>
            {
                List<PolledItem> items = News.TakeNote(row, Parse(row.ToSource(), answer), Now);
                Watched.HandedOn(row, hash, items.Count);
                new PollListeners(Context).Tell(row, items);
            });
            return null;
        }
        catch (Exception error)
        {
            return $"The answer cannot be used: {error.Message}";
        }
    }
}
