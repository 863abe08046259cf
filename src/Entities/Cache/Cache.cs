using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The value of one key of a slow source, kept for a while. However many ask, the source is asked once: the turn that asks it waits,
/// and the turns behind it find what it found. A value that is no longer fresh is answered at once while it is loaded anew in the
/// background.
/// </summary>
/// <remarks>
/// There is an object for each key, so that waiting in the turn holds up nobody who wants another. What is loaded in the background is
/// loaded by a <see cref="CacheLoader"/>, which waits in its own turn.
/// </remarks>
[DurableObject("cache")]
public sealed class Cache(ObjectContext context, CacheSources sources) : DurableObject(context), ICache
{
    /// <summary>Bytes of a value, as JSON. A larger one is a failure; it belongs into a blob, and its address into the cache.</summary>
    public const int ValueBytes = 256 * 1_024;

    private const string EntryKey = "entry";

    private const string TroubleKey = "trouble";

    private const string RefreshKey = "refresh";

    private const string FiguresKey = "figures";

    private static readonly CacheFigures NoFigures = new(0, 0, 0, 0, 0);

    /// <summary>How long after its pause a failure is remembered, so that the next one is known for another in a row.</summary>
    private static readonly TimeSpan TroubleMemory = TimeSpan.FromMinutes(2);

    /// <summary>How long after its timeout a load in the background is waited for, before another may begin.</summary>
    private static readonly TimeSpan LoaderPatience = TimeSpan.FromMinutes(1);

    /// <summary>What was counted since figures were last stored. A hit that had to be stored would cost as much as a miss.</summary>
    private CacheFigures _counted = NoFigures;

    /// <inheritdoc/>
    public async Task<CacheResult> Get()
    {
        (_, CacheOptions options, _) = sources.Find(Context.Name);
        CacheResult known = Known();
        switch (known.State)
        {
            case CacheState.Hit:
                _counted = _counted with { Hits = _counted.Hits + 1 };
                return known;
            case CacheState.Stale:
                _counted = _counted with { Stale = _counted.Stale + 1 };
                LoadInTheBackground(options);
                return known;
            case CacheState.Failed:
                _counted = _counted with { Failed = _counted.Failed + 1 };
                return known;
            default:
                return await Load(options);
        }
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<CacheResult> Peek()
    {
        sources.Find(Context.Name);
        return Task.FromResult(Known());
    }

    /// <inheritdoc/>
    public Task<CacheResult> Refresh()
    {
        (_, CacheOptions options, _) = sources.Find(Context.Name);
        return Pause() > TimeSpan.Zero ? Task.FromResult(Known() with { State = CacheState.Failed }) : Load(options);
    }

    /// <inheritdoc/>
    public Task<bool> Invalidate()
    {
        sources.Find(Context.Name);
        bool wasKnown = Known() is { LoadedAt: not null };
        if (Storage.GetAlarm() is not null)
        {
            Storage.DeleteAll();
        }
        _counted = NoFigures;
        return Task.FromResult(wasKnown);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<CacheFigures> Figures() => Task.FromResult(Storage.Get(FiguresKey, NoFigures));

    /// <inheritdoc/>
    public Task Loaded(string token, CacheOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        CacheCallers.Require(Context, ObjectAddress.OfName("cache-loader", Context.Name ?? ""));
        // Otherwise it was begun before the last invalidation, or another load has answered since.
        if (Storage.Get<Refreshing>(RefreshKey)?.Token == token)
        {
            Keep(outcome, sources.Find(Context.Name).Options);
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        if (NeededUntil() is { } until && until > Context.Now)
        {
            Storage.SetAlarm(until);
        }
        else
        {
            Storage.DeleteAll();
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>What can be said without asking the source.</summary>
    private CacheResult Known()
    {
        DateTimeOffset now = Context.Now;
        TimeSpan pause = Pause();
        string? error = Storage.Get<Trouble>(TroubleKey)?.Error;
        long seconds = (long)Math.Ceiling(pause.TotalSeconds);
        if (Storage.Get<Entry>(EntryKey) is { } entry && now < entry.UsableUntil)
        {
            CacheState state = now < entry.FreshUntil ? CacheState.Hit : CacheState.Stale;
            return new CacheResult(state, entry.Value is not null, entry.Value, entry.LoadedAt, entry.FreshUntil, error, seconds);
        }
        return new CacheResult(pause > TimeSpan.Zero ? CacheState.Failed : CacheState.None, false, null, null, null, error, seconds);
    }

    /// <summary>How long the source is still left alone, because it has failed.</summary>
    private TimeSpan Pause()
    {
        TimeSpan left = Storage.Get<Trouble>(TroubleKey)?.Until - Context.Now ?? TimeSpan.Zero;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async Task<CacheResult> Load(CacheOptions options)
    {
        CacheOutcome outcome = await CacheLoading.RunAsync(sources, Context);
        _counted = outcome.Error is null
            ? _counted with { Misses = _counted.Misses + 1 }
            : _counted with { Failed = _counted.Failed + 1 };
        _counted = _counted with { Loads = _counted.Loads + 1 };
        // Not read back if it did not: what is fresh for no time at all is still an answer.
        return Keep(outcome, options) is { } entry
            ? new CacheResult(CacheState.Miss, entry.Value is not null, entry.Value, entry.LoadedAt, entry.FreshUntil, null, 0)
            : Known() with { State = CacheState.Failed };
    }

    private void LoadInTheBackground(CacheOptions options)
    {
        if (Pause() > TimeSpan.Zero || Storage.Get<Refreshing>(RefreshKey)?.Until > Context.Now)
        {
            return;
        }
        Refreshing refreshing = new($"{Guid.NewGuid():n}", Context.Now + options.Timeout + LoaderPatience);
        Storage.Put(RefreshKey, refreshing);
        Context.Objects.Signal<ICacheLoader>(
            ObjectAddress.OfName("cache-loader", Context.Name!), loader => loader.Load(refreshing.Token));
        _counted = _counted with { Loads = _counted.Loads + 1 };
        Written();
    }

    /// <summary>Keeps what a load came to; what is known by it, or null if it failed.</summary>
    private Entry? Keep(CacheOutcome outcome, CacheOptions options)
    {
        Entry? entry = outcome.Error is null ? EntryOf(outcome, options) : null;
        Storage.Delete(RefreshKey);
        if (outcome.Error is { } error)
        {
            int failures = (Storage.Get<Trouble>(TroubleKey)?.Failures ?? 0) + 1;
            Storage.Put(TroubleKey, new Trouble(failures, Context.Now + options.PauseAfter(failures), error));
        }
        else
        {
            Storage.Delete(TroubleKey);
            Storage.Put(EntryKey, entry);
        }
        Written();
        return entry;
    }

    private Entry EntryOf(CacheOutcome outcome, CacheOptions options)
    {
        DateTimeOffset now = Context.Now;
        if (!outcome.Found)
        {
            return new Entry(null, now, now + options.NotThereFor, now + options.NotThereFor);
        }
        TimeSpan fresh = outcome.FreshSeconds is { } seconds
            ? TimeSpan.FromSeconds(double.Clamp(seconds, 0, CacheOptions.Longest.TotalSeconds))
            : options.FreshFor;
        return new Entry(outcome.Value, now, now + fresh, now + fresh + options.StaleFor);
    }

    /// <summary>Goes along with every other write.</summary>
    private void Written()
    {
        CacheFigures stored = Storage.Get(FiguresKey, NoFigures);
        Storage.Put(FiguresKey, new CacheFigures(
            stored.Hits + _counted.Hits, stored.Misses + _counted.Misses, stored.Stale + _counted.Stale, stored.Failed + _counted.Failed,
            stored.Loads + _counted.Loads));
        _counted = NoFigures;
        // Set once and moved on when it fires, which spares every load a new one.
        if (Storage.GetAlarm() is null && NeededUntil() is { } until)
        {
            Storage.SetAlarm(until);
        }
    }

    private DateTimeOffset? NeededUntil()
    {
        DateTimeOffset? until = Storage.Get<Entry>(EntryKey)?.UsableUntil;
        until = Later(until, Storage.Get<Trouble>(TroubleKey)?.Until + TroubleMemory);
        return Later(until, Storage.Get<Refreshing>(RefreshKey)?.Until);
    }

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one is null || other > one ? other : one;

    private sealed record Entry(JsonElement? Value, DateTimeOffset LoadedAt, DateTimeOffset FreshUntil, DateTimeOffset UsableUntil);

    private sealed record Trouble(int Failures, DateTimeOffset Until, string Error);

    private sealed record Refreshing(string Token, DateTimeOffset Until);
}
