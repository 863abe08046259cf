namespace DurableObjects.Workflows;

/// <summary>Publishes a class deriving from <see cref="Activity{TInput, TOutput}"/> under a kebab-case name, which histories keep.</summary>
/// <param name="name">Lower-case letters, digits and single hyphens, starting with a letter: <c>charge-card</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ActivityAttribute(string name) : Attribute
{
    /// <summary>The published name.</summary>
    public string Name { get; } = name;

    /// <summary>
    /// Whether it stands aside for another activity of that name: what a library ships for an application to replace by publishing its
    /// own. Both take and give the same JSON.
    /// </summary>
    public bool IsDefault { get; init; }
}
