namespace DurableObjects.Workflows;

/// <summary>Publishes a class deriving from <see cref="Workflow{TInput, TOutput}"/> under a kebab-case name.</summary>
/// <param name="name">Lower-case letters, digits and single hyphens, starting with a letter: <c>ship-order</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class WorkflowAttribute(string name) : Attribute
{
    /// <summary>The published name.</summary>
    public string Name { get; } = name;
}
