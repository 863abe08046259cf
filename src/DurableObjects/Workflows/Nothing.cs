namespace DurableObjects.Workflows;

/// <summary>
/// Stands for no input or no output of a <see cref="Workflow{TInput, TOutput}"/> or an <see cref="Activity{TInput, TOutput}"/>.
/// </summary>
public readonly record struct Nothing;
