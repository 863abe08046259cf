namespace DurableObjects.Entities;

/// <summary>The way to a source and back, with its timeout and the bounds of a value.</summary>
internal static class CacheLoading
{
    public static async Task<CacheOutcome> RunAsync(CacheSources sources, ObjectContext context)
    {
        (ICacheSource source, CacheOptions options, string key) = sources.Find(context.Name);
        using CancellationTokenSource timeout = new(options.Timeout, context.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.CancellationToken);
        try
        {
            // Waited for no longer than that, even if the source does not heed its token.
            CacheLoad load = await source.LoadAsync(key, either.Token).WaitAsync(either.Token);
            Argument.Json(load.Value, "value", Cache.ValueBytes);
            return new CacheOutcome(load.Value is not null, load.Value, load.FreshFor?.TotalSeconds);
        }
        catch (Exception error) when (!context.CancellationToken.IsCancellationRequested)
        {
            return Failed(timeout.IsCancellationRequested
                ? $"The source has not answered within {options.Timeout.TotalSeconds:0.###} s."
                : Argument.Shorten(error.Message));
        }
    }

    private static CacheOutcome Failed(string error) => new(false, Error: error);
}
