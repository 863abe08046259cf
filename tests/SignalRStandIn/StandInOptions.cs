namespace DurableObjects.SignalRStandIn;

/// <summary>What a stand-in is told.</summary>
public sealed record StandInOptions
{
    /// <summary>The key of the examples in the service's documentation for its local emulator; a secret of nobody.</summary>
    public const string ExampleKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

    /// <summary>Where it listens; port 0 for a free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:8888";

    /// <summary>The primary access key.</summary>
    public string AccessKey { get; init; } = ExampleKey;

    /// <summary>The secondary access key, with which upstream calls are signed as well.</summary>
    public string? SecondaryKey { get; init; }

    /// <summary>What is taken for the token of an identity that may do everything; null if there is no such identity.</summary>
    public string? IdentityToken { get; init; }

    /// <summary>Where events go; <c>{hub}</c>, <c>{category}</c> and <c>{event}</c> are filled in. Null for nowhere.</summary>
    public string? Upstream { get; init; }

    /// <summary>
    /// Whether a connection's next event waits for the answer to the one before. Whether the service does that is not documented, so
    /// tests try both.
    /// </summary>
    public bool IsSequential { get; init; } = true;

    /// <summary>By which tokens expire.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>A status with which a request of the REST API fails instead of being carried out, or null.</summary>
    public Func<HttpRequest, int?>? Fault { get; init; }
}
