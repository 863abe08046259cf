namespace DurableObjects.Classes;

/// <summary>Marks an object class as the runtime's own: hosts serve it, and nobody outside reaches its objects as such.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class RuntimeClassAttribute : Attribute;
