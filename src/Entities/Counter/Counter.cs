namespace DurableObjects.Entities;

/// <summary>A number of 64 bits that many callers change and nobody loses a change of.</summary>
[DurableObject("counter")]
public sealed class Counter(ObjectContext context) : DurableObject(context), ICounter
{
    /// <summary>The error code of a result beyond 64 bits.</summary>
    public const string Overflow = "overflow";

    private const string ValueKey = "value";

    /// <inheritdoc/>
    public Task<long> Increment(long by = 1) => Change(value => checked(value + by), $"plus {by}");

    /// <inheritdoc/>
    public Task<long> Decrement(long by = 1) => Change(value => checked(value - by), $"minus {by}");

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<long> Get() => Task.FromResult(Storage.Get<long>(ValueKey));

    /// <inheritdoc/>
    public Task<long> Reset() => Change(_ => 0, "reset");

    private Task<long> Change(Func<long, long> change, string what)
    {
        long before = Storage.Get<long>(ValueKey);
        try
        {
            long after = change(before);
            Storage.Put(ValueKey, after);
            return Task.FromResult(after);
        }
        catch (OverflowException error)
        {
            throw new DurableObjectException(
                409, Overflow,
                $"{before} {what} is outside {long.MinValue} to {long.MaxValue}; the counter stays at {before}.", error);
        }
    }
}
