using DurableObjects.Workflows;

namespace DurableObjects;

/// <summary>Who asked for a turn, as the host established it. Never taken from what the request merely claims.</summary>
/// <param name="Id">The caller's identity, or null when anonymous. An object's is <c>object:{class}/{id}</c>.</param>
/// <param name="Roles">The caller's roles, such as <see cref="Administrator"/>.</param>
/// <param name="Claims">Further facts that the host vouches for, by name.</param>
public sealed record Caller(string? Id, IReadOnlyList<string> Roles, IReadOnlyDictionary<string, string> Claims)
{
    /// <summary>The role that may end objects, see parked signals and steer the host.</summary>
    public const string Administrator = "admin";

    /// <summary>The role of another object.</summary>
    public const string Object = "object";

    /// <summary>The role of a workflow, whose id is <c>workflow:{id}</c>.</summary>
    public const string Workflow = "workflow";

    private static readonly IReadOnlyDictionary<string, string> NoClaims = new Dictionary<string, string>();

    /// <summary>A caller of whom nothing is known.</summary>
    public static Caller Anonymous { get; } = new(null, [], NoClaims);

    /// <summary>The runtime itself: alarms, retries, housekeeping.</summary>
    public static Caller Runtime { get; } = new("runtime", [Administrator], NoClaims);

    /// <summary>Whether the caller has a role, compared without regard to case.</summary>
    public bool IsInRole(string role) => Roles.Contains(role, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether the caller is a workflow: by its role, or, where a workflow's signals come from the object that it is, by that object's
    /// address. Any other object may signal what somebody told it to.
    /// </summary>
    public bool IsWorkflow => IsInRole(Workflow)
        || (IsInRole(Object) && Id?.StartsWith($"{Object}:{WorkflowCommand.ClassName}/", StringComparison.Ordinal) == true);

    /// <summary>
    /// Whether the caller is the workflow of an id. It tells of which workflow an answer is that has no status: that there is none.
    /// </summary>
    /// <exception cref="DurableObjectException">It is not an id that a workflow can have (400).</exception>
    public bool IsWorkflowOf(string id) => IsWorkflow
        && (Id == $"{Workflow}:{id}" || Id == $"{Object}:{WorkflowCommand.ClassName}/{ObjectId.FromName(WorkflowCommand.ClassName, id)}");

    /// <summary>A caller with an id and roles, without claims.</summary>
    public static Caller Of(string? id, params IReadOnlyList<string> roles) => new(id, roles, NoClaims);
}
