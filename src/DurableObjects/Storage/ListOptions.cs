namespace DurableObjects;

/// <summary>Which keys to list, in the order of their UTF-8 bytes. All bounds hold together.</summary>
public sealed record ListOptions
{
    /// <summary>Only keys that start with this.</summary>
    public string? Prefix { get; init; }

    /// <summary>The first key, inclusive. Not together with <see cref="StartAfter"/>.</summary>
    public string? Start { get; init; }

    /// <summary>Only keys after this one.</summary>
    public string? StartAfter { get; init; }

    /// <summary>The end, exclusive.</summary>
    public string? End { get; init; }

    /// <summary>Whether to go from the last key to the first.</summary>
    public bool Reverse { get; init; }

    /// <summary>How many keys at most; positive, or null for all.</summary>
    public int? Limit { get; init; }
}
