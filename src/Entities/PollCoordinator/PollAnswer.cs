namespace DurableObjects.Entities;

/// <summary>What came of a poll.</summary>
public sealed record PollAnswer
{
    /// <summary>Why there is nothing to look at; null if there is.</summary>
    public string? Error { get; init; }

    /// <summary>The HTTP status; null if there was no answer.</summary>
    public int? Status { get; init; }

    /// <summary>How long the source wants to be left alone, in seconds; null if it does not say.</summary>
    public double? RetryAfterSeconds { get; init; }

    /// <summary>Whether what is known is still so (304).</summary>
    public bool IsUnchanged { get; init; }

    /// <summary>The entity tag, as the source wrote it.</summary>
    public string? ETag { get; init; }

    /// <summary>The date, as the source wrote it.</summary>
    public string? LastModified { get; init; }

    /// <summary>The media type of the body, without parameters; empty if the source does not say.</summary>
    public string MediaType { get; init; } = "";

    /// <summary>The body.</summary>
    public byte[] Body { get; init; } = [];
}
