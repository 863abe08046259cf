namespace DurableObjects.FunctionsEngine.Simulations;

/// <summary>How often something goes wrong, each between 0 (never) and 1.</summary>
public sealed record Faults
{
    /// <summary>Nothing does.</summary>
    public static readonly Faults None = new();

    /// <summary>Everything does, now and then.</summary>
    public static readonly Faults All = new()
    {
        DeliverAgain = 0.06,
        LoseResult = 0.04,
        LoseCheckpoint = 0.08,
        DelayResult = 0.08,
        Redeliver = 0.04,
        TakeOver = 0.15,
        FailRequest = 0.03,
        FailAnswer = 0.02,
        Pause = 0.10,
        Kill = 0.01,
        KillIdle = 0.01,
        Damage = 0.02,
        IgnoreKnownStart = 0.3,
    };

    /// <summary>A message is delivered, and stays to be delivered once more.</summary>
    public double DeliverAgain { get; init; }

    /// <summary>A batch has run, and neither its messages nor its checkpoint come to anything.</summary>
    public double LoseResult { get; init; }

    /// <summary>A batch's messages are sent, and its checkpoint is lost.</summary>
    public double LoseCheckpoint { get; init; }

    /// <summary>A batch has run, and its end is held up.</summary>
    public double DelayResult { get; init; }

    /// <summary>A batch's messages are not deleted after its checkpoint.</summary>
    public double Redeliver { get; init; }

    /// <summary>A batch that is held up is given to another worker as well, in a step in which that is possible.</summary>
    public double TakeOver { get; init; }

    /// <summary>A request to Blob Storage fails and has not taken effect.</summary>
    public double FailRequest { get; init; }

    /// <summary>A request to Blob Storage fails, but has taken effect.</summary>
    public double FailAnswer { get; init; }

    /// <summary>A batch is held up at a request to Blob Storage.</summary>
    public double Pause { get; init; }

    /// <summary>A worker dies at a request to Blob Storage.</summary>
    public double Kill { get; init; }

    /// <summary>A worker dies at any other time, in a step.</summary>
    public double KillIdle { get; init; }

    /// <summary>What a worker ran when it died has failed, instead of being run again.</summary>
    public double DieWithOperations { get; init; }

    /// <summary>A worker's closed database files are damaged, in a step.</summary>
    public double Damage { get; init; }

    /// <summary>The start of an orchestration that is known is ignored, instead of beginning it anew.</summary>
    public double IgnoreKnownStart { get; init; }
}
