namespace DurableObjects.Webhooks;

/// <summary>
/// Every limit of webhooks, each with its unit and where it comes from. "Standard Webhooks" is the specification of that name;
/// where nobody names a figure, it is ours and says why.
/// </summary>
public static class WebhookLimits
{
    /// <summary>
    /// Bytes of a webhook's body. Ours: it is read and hashed before anything is known of its sender, and then waits in an object's
    /// database, whose values have 2 MiB at most. Standard Webhooks recommends less than 20 kB and Stripe stays far below; GitHub
    /// caps at 25 MB, which pushes of thousands of commits come near, and those are refused here.
    /// </summary>
    public const int BodyBytes = 1_024 * 1_024;

    /// <summary>Characters of a delivery's id. Ours: an idempotency key's.</summary>
    public const int IdCharacters = Limits.IdempotencyKeyCharacters;

    /// <summary>Characters of an event's type. Ours, as for the id.</summary>
    public const int TypeCharacters = 255;

    /// <summary>
    /// Characters of one header of a signature. Ours: room for 80 signatures, where rotations send two or three; web servers take
    /// 32 KiB of headers in all.
    /// </summary>
    public const int HeaderCharacters = 4_096;

    /// <summary>
    /// How far a signed timestamp may be from the clock, into the past and into the future. Standard Webhooks' libraries and
    /// Stripe's: five minutes.
    /// </summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Secrets of one source. Ours: two while one is replaced, and room for a few endpoints under one name; each is an HMAC over the
    /// body of every request, and of forged ones too.
    /// </summary>
    public const int SecretsPerSource = 8;

    /// <summary>Characters of a secret as configured. Ours: three times the longest that a known sender gives.</summary>
    public const int SecretCharacters = 512;

    /// <summary>Bytes of a Standard Webhooks key at least. The specification: 24 (192 bits).</summary>
    public const int MinKeyBytes = 24;

    /// <summary>Bytes of a Standard Webhooks key at most. The specification: 64 (512 bits).</summary>
    public const int MaxKeyBytes = 64;

    /// <summary>Characters of a source's name. Ours: an object class's.</summary>
    public const int SourceNameCharacters = Limits.ClassNameCharacters;

    /// <summary>What <see cref="WebhookSource.MaxAttempts"/> can be at most. Ours: at the longest delay, a hundred weeks.</summary>
    public const int MaxAttempts = 100;

    /// <summary>What <see cref="WebhookSource.MaxDelay"/> can be at most. Ours: a week later nobody waits for a webhook.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromDays(7);

    /// <summary>What <see cref="WebhookSource.Factor"/> can be at most. Ours: more is a mistyped delay.</summary>
    public const double MaxFactor = 100;

    /// <summary>
    /// What <see cref="WebhookSource.AttemptTimeout"/> can be at most. Ours: a queue waits for the attempt, and load balancers give up
    /// after about four minutes.
    /// </summary>
    public static readonly TimeSpan MaxAttemptTimeout = TimeSpan.FromMinutes(5);

    /// <summary>What <see cref="WebhookSource.MaxWaiting"/> can be at most. Ours: with bodies of the usual size, 20 GB.</summary>
    public const int MaxWaiting = 1_000_000;

    /// <summary>What <see cref="WebhookSource.Retention"/> can be at most. Ours: ten years.</summary>
    public static readonly TimeSpan MaxRetention = TimeSpan.FromDays(3_650);

    /// <summary>Deliveries of one page, and ids of one redelivery. Ours: a page of them is well below the largest answer.</summary>
    public const int PageDeliveries = 1_000;

    /// <summary>
    /// Bytes of the bodies that one queue keeps. Ours: half of what an object's database may have on Azure. Past it the bodies of the
    /// oldest deliveries that have ended go before their time, and if that is not enough, what comes is refused.
    /// </summary>
    public const long QueueBytes = 64L * 1_024 * 1_024;

    /// <summary>Characters of the error of an attempt, and bytes of what its target answered. Ours: enough to recognize either.</summary>
    public const int TraceCharacters = 1_024;
}
