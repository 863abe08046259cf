namespace DurableObjects.Entities;

/// <summary>
/// What lies behind a cache: slow, or dear. Register one by <see cref="CacheServices.AddCacheSource{TSource}"/>, or configure one that is
/// asked over HTTP.
/// </summary>
public interface ICacheSource
{
    /// <summary>The value of a key. What it throws is a failure, and is remembered as one for a while.</summary>
    /// <param name="key">What comes after the source's name in the object's.</param>
    /// <param name="cancellation">Ends when <see cref="CacheOptions.Timeout"/> is over.</param>
    Task<CacheLoad> LoadAsync(string key, CancellationToken cancellation);
}
