using System.Reflection;

namespace DurableObjects.Classes;

/// <summary>Waits for what a method returned and writes its value as JSON, by the type that the method declares.</summary>
internal abstract class ResultReader
{
    public static ResultReader For(Type declared)
    {
        if (declared == typeof(void))
        {
            return new NoResult();
        }
        if (declared == typeof(Task) || declared == typeof(ValueTask))
        {
            return new NoResult();
        }
        (Type reader, Type value) = declared.IsGenericType && declared.GetGenericTypeDefinition() == typeof(Task<>)
            ? (typeof(TaskResult<>), declared.GetGenericArguments()[0])
            : declared.IsGenericType && declared.GetGenericTypeDefinition() == typeof(ValueTask<>)
                ? (typeof(ValueTaskResult<>), declared.GetGenericArguments()[0])
                : (typeof(PlainResult<>), declared);
        return (ResultReader)Activator.CreateInstance(
            reader.MakeGenericType(value), BindingFlags.Instance | BindingFlags.Public, null, null, null)!;
    }

    /// <summary>The value as UTF-8 JSON; empty for none.</summary>
    /// <param name="returned">What the method returned.</param>
    /// <param name="what">What it is, for the error.</param>
    /// <exception cref="DurableObjectException">The value is longer than <see cref="Limits.ResponseBytes"/>.</exception>
    public abstract ValueTask<ReadOnlyMemory<byte>> ReadAsync(object? returned, string what);

    private sealed class NoResult : ResultReader
    {
        public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(object? returned, string what)
        {
            switch (returned)
            {
                case Task task:
                    await task;
                    break;
                case ValueTask task:
                    await task;
                    break;
            }
            return default;
        }
    }

    private sealed class TaskResult<T> : ResultReader
    {
        public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(object? returned, string what) =>
            BoundedJson.Write(await (Task<T>)returned!, what);
    }

    private sealed class ValueTaskResult<T> : ResultReader
    {
        public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(object? returned, string what) =>
            BoundedJson.Write(await (ValueTask<T>)returned!, what);
    }

    private sealed class PlainResult<T> : ResultReader
    {
        public override ValueTask<ReadOnlyMemory<byte>> ReadAsync(object? returned, string what) =>
            new(BoundedJson.Write((T?)returned, what));
    }
}
