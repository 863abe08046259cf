using Microsoft.DurableTask.Entities;

namespace Microsoft.Azure.Functions.Worker;

public sealed class TaskEntityDispatcher
{
    internal TaskEntityDispatcher()
    {
    }

    public Task DispatchAsync(ITaskEntity entity) => throw ReferenceOnly.Body();

    public Task DispatchAsync<T>() => throw ReferenceOnly.Body();

    public Task DispatchAsync(Func<TaskEntityOperation, ValueTask<object?>> handler) => throw ReferenceOnly.Body();
}
