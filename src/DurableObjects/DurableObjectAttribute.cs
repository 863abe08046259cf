namespace DurableObjects;

/// <summary>Publishes a class deriving from <see cref="DurableObject"/> under a kebab-case name.</summary>
/// <param name="name">Lower-case letters, digits and single hyphens, starting with a letter: <c>chat-room</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DurableObjectAttribute(string name) : Attribute
{
    /// <summary>The published name.</summary>
    public string Name { get; } = name;
}
