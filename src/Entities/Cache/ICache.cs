namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>cache</c>. An object holds one value, that of a key of a source; its name is <c>{source}:{key}</c>.
/// </summary>
public interface ICache
{
    /// <summary>
    /// The value: a fresh one at once, a stale one at once while it is loaded anew in the background, and otherwise what the source says.
    /// Whoever asks while it is being loaded waits for the same load.
    /// </summary>
    /// <returns>The value, or why there is none: a source that fails is a result, not an error.</returns>
    /// <exception cref="DurableObjectException">
    /// There is no such source (404 <c>unknown-source</c>), or the object's name is none of a source and a key (400).
    /// </exception>
    Task<CacheResult> Get();

    /// <summary>What <see cref="Get"/> would answer without waiting; it loads nothing and counts nothing. Read-only.</summary>
    Task<CacheResult> Peek();

    /// <summary>Loads the value now, whatever is known, unless the source has just failed.</summary>
    /// <returns>As <see cref="Get"/>; if the source fails, with the value of before as long as that may be used.</returns>
    Task<CacheResult> Refresh();

    /// <summary>Forgets everything. What is being loaded in the background meanwhile is dropped.</summary>
    /// <returns>Whether there was a value, or a "not there", that could be used.</returns>
    Task<bool> Invalidate();

    /// <summary>How often it was asked since it last forgot itself. Read-only.</summary>
    Task<CacheFigures> Figures();

    /// <summary>For the object's own loader: what came of a load in the background.</summary>
    /// <exception cref="DurableObjectException">Anybody else calls it (403 <c>forbidden</c>).</exception>
    Task Loaded(string token, CacheOutcome outcome);
}

/// <summary>The method of the object class <c>cache-loader</c>, which waits for a source so that <c>cache</c> need not.</summary>
public interface ICacheLoader
{
    /// <summary>Loads, and signals the cache object of the same name what came of it.</summary>
    /// <exception cref="DurableObjectException">Anybody but that object calls it (403 <c>forbidden</c>).</exception>
    Task Load(string token);
}
