namespace DurableObjects.Entities;

/// <summary>
/// Waits for a cache's source in a turn of its own, so that the cache can answer with a stale value meanwhile. It keeps nothing, and has
/// ended when it has told the cache.
/// </summary>
[DurableObject("cache-loader")]
public sealed class CacheLoader(ObjectContext context, CacheSources sources) : DurableObject(context), ICacheLoader
{
    /// <inheritdoc/>
    public async Task Load(string token)
    {
        ObjectAddress cache = ObjectAddress.OfName("cache", Context.Name ?? throw Argument.Invalid("A cache has a name."));
        CacheCallers.Require(Context, cache);
        CacheOutcome outcome = await CacheLoading.RunAsync(sources, Context);
        Context.Objects.Signal<ICache>(cache, one => one.Loaded(token, outcome));
        Storage.DeleteAll();
    }
}
