namespace DurableObjects.Bench.Report;

/// <summary>One of the two that are compared.</summary>
internal sealed record SideDescription(string Name, string Version, string Durability);
