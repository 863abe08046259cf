namespace Microsoft.DurableTask;

public abstract class TaskActivity<TInput, TOutput> : ITaskActivity
{
    Type ITaskActivity.InputType => typeof(TInput);

    Type ITaskActivity.OutputType => typeof(TOutput);

    Task<object?> ITaskActivity.RunAsync(TaskActivityContext context, object? input) => throw ReferenceOnly.Body();

    public abstract Task<TOutput> RunAsync(TaskActivityContext context, TInput input);
}
