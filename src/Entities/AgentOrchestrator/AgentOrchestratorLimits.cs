namespace DurableObjects.Entities;

/// <summary>The limits of an <see cref="AgentOrchestrator"/>.</summary>
public static class AgentOrchestratorLimits
{
    /// <summary>Characters (UTF-16) of the id of a plan or a task.</summary>
    public const int IdCharacters = 64;

    /// <summary>Tasks of a plan: with all that they depend on, they fit one message to a socket.</summary>
    public const int MaxTasks = 100;

    /// <summary>Tasks that one may depend on.</summary>
    public const int MaxDependencies = 50;

    /// <summary>Dependencies of a plan's tasks in all.</summary>
    public const int MaxPlanDependencies = 1_000;

    /// <summary>Bytes of all inputs and outputs of a plan as JSON. What is larger belongs in a blob store, with its address here.</summary>
    public const int PlanBytes = 1_024 * 1_024;

    /// <summary>Bytes of one output as JSON.</summary>
    public const int OutputBytes = 256 * 1_024;

    /// <summary>Plans that have not ended. With those that have they stay below the size that a database may have on Azure.</summary>
    public const int MaxOpenPlans = 50;

    /// <summary>Plans that have ended and are kept, the newest.</summary>
    public const int MaxEndedPlans = 50;

    /// <summary>Plans of a page.</summary>
    public const int PagePlans = 100;

    /// <summary>The longest delay between two attempts in seconds: an hour, in which the task keeps its place.</summary>
    public const int MaxDelaySeconds = 3_600;

    /// <summary>How long a plan is kept after its end.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(7);
}
