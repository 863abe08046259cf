using DurableObjects.Tests.Workflows;

namespace DurableObjects.Functions.Tests.Workflows;

/// <summary>Where workflows are orchestrations.</summary>
public sealed class WorkflowTests() : WorkflowFacts(new AzureWorkflowBed());
