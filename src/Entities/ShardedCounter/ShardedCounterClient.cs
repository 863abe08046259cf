using DurableObjects.Hosting;

namespace DurableObjects.Entities;

/// <summary>
/// Adds to a sharded counter from outside of objects: each time at a shard taken at random, without asking the counter where. How many
/// shards there are is asked once a minute; knowing it late loses nothing.
/// </summary>
/// <param name="objects">The stubs of the host.</param>
/// <param name="name">The counter.</param>
/// <param name="clock">Tells when to ask again.</param>
/// <param name="caller">On whose behalf it adds.</param>
public sealed class ShardedCounterClient(ObjectStubs objects, string name, TimeProvider clock, Caller? caller = null)
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMinutes(1);

    private volatile Known? _known;

    /// <summary>Adds, as <see cref="ICounterShard.Add"/>.</summary>
    public async Task AddAsync(long by = 1)
    {
        IReadOnlyList<string> keys = await KeysAsync();
        await objects.Get<ICounterShard>(keys[Random.Shared.Next(keys.Count)], caller).Add(by);
    }

    private async ValueTask<IReadOnlyList<string>> KeysAsync()
    {
        if (_known is { } known && clock.GetElapsedTime(known.At) < AskEvery)
        {
            return known.Keys;
        }
        long at = clock.GetTimestamp();
        ShardedCounterShards shards = await objects.Get<IShardedCounter>(name, caller).Shards();
        _known = new Known(shards.Keys, at);
        return shards.Keys;
    }

    private sealed record Known(IReadOnlyList<string> Keys, long At);
}
