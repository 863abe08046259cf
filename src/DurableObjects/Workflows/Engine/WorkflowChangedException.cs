namespace DurableObjects.Workflows;

/// <summary>
/// A workflow's code has asked for something else than its history says, so nothing that it does can be believed. No code of the
/// workflow may catch this: the engine throws it again for whatever is asked next.
/// </summary>
/// <param name="message">Names the step.</param>
public sealed class WorkflowChangedException(string message) : Exception(message);
