namespace Microsoft.DurableTask;

public abstract class TaskOrchestrator<TInput, TOutput> : ITaskOrchestrator
{
    Type ITaskOrchestrator.InputType => typeof(TInput);

    Type ITaskOrchestrator.OutputType => typeof(TOutput);

    Task<object?> ITaskOrchestrator.RunAsync(TaskOrchestrationContext context, object? input) => throw ReferenceOnly.Body();

    public abstract Task<TOutput> RunAsync(TaskOrchestrationContext context, TInput input);
}
