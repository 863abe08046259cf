namespace DurableObjects.Functions.Blobs;

/// <summary>Something names a payload that is not there: it was purged with its object, or nothing has named it for too long.</summary>
public sealed class PayloadMissingException : Exception
{
    /// <summary>The exception for a payload.</summary>
    /// <param name="reference">What names it.</param>
    public PayloadMissingException(string reference)
        : base(
            $"The payload {reference} is missing: its object was purged, or it was last written more than "
            + $"{PayloadStore.KeptFor.TotalDays:N0} days ago.") => Reference = reference;

    /// <summary>What names the payload.</summary>
    public string Reference { get; }
}
