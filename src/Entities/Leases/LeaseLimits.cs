namespace DurableObjects.Entities;

/// <summary>The limits and error codes that <c>lock</c>, <c>semaphore</c> and <c>leader-election</c> share.</summary>
public static class LeaseLimits
{
    /// <summary>Characters (UTF-16) of an owner's name. A socket's tag holds it, and JSON of a full queue stays a small page.</summary>
    public const int OwnerCharacters = 128;

    /// <summary>The shortest lease in seconds. What is shorter would be over before its holder has heard of it.</summary>
    public const decimal MinTtlSeconds = 0.01m;

    /// <summary>The longest lease in seconds: a day. Who needs longer renews, and so shows that it still lives.</summary>
    public const int MaxTtlSeconds = 24 * 60 * 60;

    /// <summary>The longest wait in seconds, as the longest lease. Asking again prolongs it.</summary>
    public const int MaxWaitSeconds = MaxTtlSeconds;

    /// <summary>Places of a queue. Position and grant look at all of them.</summary>
    public const int MaxWaiters = 1_000;

    /// <summary>Sockets of a lock or semaphore: one for each place, and as many again that reconnect or hold.</summary>
    public const int MaxSockets = 2 * MaxWaiters;

    /// <summary>The error code of one place too many.</summary>
    public const string TooManyWaiters = "too-many-waiters";

    /// <summary>The error code of one socket too many.</summary>
    public const string TooManySockets = "too-many-sockets";

    /// <summary>The error code of a lease that is another's by now, or nobody's.</summary>
    public const string LeaseLost = "lease-lost";

    internal static DurableObjectException Lost(string owner, long fencingToken) =>
        new(409, LeaseLost, $"The lease of '{owner}' with the fencing token {fencingToken} is over.");
}
