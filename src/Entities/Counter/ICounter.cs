namespace DurableObjects.Entities;

/// <summary>The methods of the object class <c>counter</c>.</summary>
public interface ICounter
{
    /// <summary>Adds to the number.</summary>
    /// <param name="by">How much; negative subtracts.</param>
    /// <returns>The number after it.</returns>
    /// <exception cref="DurableObjectException">The sum does not fit 64 bits (409 <c>overflow</c>); nothing changed.</exception>
    Task<long> Increment(long by = 1);

    /// <summary>Subtracts from the number.</summary>
    /// <param name="by">How much; negative adds.</param>
    /// <returns>The number after it.</returns>
    /// <exception cref="DurableObjectException">It does not fit 64 bits (409 <c>overflow</c>); nothing changed.</exception>
    Task<long> Decrement(long by = 1);

    /// <summary>The number; 0 for a counter that was never changed. Read-only.</summary>
    Task<long> Get();

    /// <summary>Sets the number to 0.</summary>
    /// <returns>0.</returns>
    Task<long> Reset();
}
