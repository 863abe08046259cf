namespace DurableObjects.Entities;

/// <summary>The limits of a work queue.</summary>
public static class WorkLimits
{
    /// <summary>Bytes of a payload, as JSON in UTF-8. Azure Queue Storage: 64 KiB.</summary>
    public const int PayloadBytes = 64 * 1_024;

    /// <summary>Jobs in a queue, dead letters included. Each takes some hundred bytes of the database beside its payload.</summary>
    public const int MaxJobs = 50_000;

    /// <summary>
    /// Bytes of the payloads of all jobs: a quarter of what an object's database may have on the Azure host, as small ones take twice
    /// their bytes in pages, and jobs and ids want room too.
    /// </summary>
    public const long MaxBytes = 32L * 1_024 * 1_024;

    /// <summary>
    /// Ids of completed jobs that may be taken when one more is enqueued; those of the jobs in the queue then come on top. Each takes some
    /// hundred bytes of the database.
    /// </summary>
    public const int MaxTakenIds = 50_000;

    /// <summary>Characters (UTF-16) of a job's id.</summary>
    public const int IdCharacters = 128;

    /// <summary>Characters (UTF-16) of a worker's name.</summary>
    public const int WorkerCharacters = 128;

    /// <summary>The least priority.</summary>
    public const int LeastPriority = -100;

    /// <summary>The highest priority.</summary>
    public const int MostPriority = 100;

    /// <summary>The longest delay in seconds: seven days, as Azure Queue Storage has it.</summary>
    public const int MaxDelaySeconds = 7 * 24 * 60 * 60;

    /// <summary>The shortest visibility timeout in seconds. Each that passes is a commit.</summary>
    public const decimal MinVisibilitySeconds = 0.1m;

    /// <summary>The longest visibility timeout in seconds: twelve hours, as Amazon SQS has it.</summary>
    public const int MaxVisibilitySeconds = 12 * 60 * 60;

    /// <summary>The visibility timeout where none is given, in seconds. Amazon SQS and Azure Queue Storage: 30.</summary>
    public const int DefaultVisibilitySeconds = 30;

    /// <summary>Jobs that one call receives. All of them, at their largest, fit <see cref="Limits.ResponseBytes"/>.</summary>
    public const int MaxReceived = 100;

    /// <summary>Dead letters of one page, as above.</summary>
    public const int DeadLetterPage = 100;

    /// <summary>Ids that one call redrives.</summary>
    public const int RedrivenIds = 100;

    /// <summary>Jobs that one turn moves, removes or makes visible: some milliseconds.</summary>
    public const int StepJobs = 1_000;

    /// <summary>Workers that are connected at once. Each turn that has something to push looks at all.</summary>
    public const int MaxWorkers = 256;

    /// <summary>
    /// Jobs that a worker has by its socket at once. All of them, at their largest, fit <see cref="Limits.SocketWaitingBytes"/>.
    /// </summary>
    public const int MaxConcurrency = 50;

    /// <summary>How often a job is delivered at most unless configured. Azure Functions' queue trigger: 5.</summary>
    public const int DefaultMaxDeliveries = 5;

    /// <summary>The most that can be configured.</summary>
    public const int MostDeliveries = 1_000;

    /// <summary>How long ids stay taken unless configured, in seconds. Azure Service Bus: ten minutes.</summary>
    public const int DefaultDedupeSeconds = 10 * 60;

    /// <summary>The longest that can be configured, in seconds. Azure Service Bus: seven days.</summary>
    public const int MaxDedupeSeconds = 7 * 24 * 60 * 60;
}
