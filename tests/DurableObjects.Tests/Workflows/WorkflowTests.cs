namespace DurableObjects.Tests.Workflows;

/// <summary>Where workflows are objects.</summary>
public sealed class WorkflowTests() : WorkflowFacts(new WorkflowBed());
