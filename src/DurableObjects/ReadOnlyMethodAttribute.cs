namespace DurableObjects;

/// <summary>
/// Marks a method that only reads. It runs on a reader: another instance of the class, on committed state, beside the turns of
/// the live one and without <c>OnWake</c>, writes or effects. It may be called by HTTP GET.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyMethodAttribute : Attribute;
