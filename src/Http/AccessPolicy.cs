namespace DurableObjects.Http;

/// <summary>Which roles give which <see cref="Access"/>.</summary>
public static class AccessPolicy
{
    /// <summary>The role that may look at everything and change nothing.</summary>
    public const string Viewer = "viewer";

    /// <summary>The role that may use objects.</summary>
    public const string Contributor = "contributor";

    /// <summary>The most that a caller's roles give.</summary>
    public static Access Of(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return caller.IsInRole(Caller.Administrator) ? Access.Administrator
            : caller.IsInRole(Contributor) ? Access.Contributor
            : caller.IsInRole(Viewer) ? Access.Viewer
            : Access.Public;
    }

    /// <summary>Refuses a caller whose roles do not suffice.</summary>
    /// <exception cref="DurableObjectException">They do not (403); the text names the role that would.</exception>
    public static void Require(Access access, Caller caller)
    {
        if (Of(caller) < access)
        {
            throw new DurableObjectException(
                403, ErrorCodes.Forbidden, $"This needs the role '{RoleOf(access)}'; the caller has {Describe(caller.Roles)}.");
        }
    }

    private static string RoleOf(Access access) => access switch
    {
        Access.Viewer => Viewer,
        Access.Contributor => Contributor,
        _ => Caller.Administrator,
    };

    private static string Describe(IReadOnlyList<string> roles) => roles.Count == 0
        ? "none"
        : string.Join(", ", roles.Select(role => $"'{role}'"));
}
