using System.Reflection;
using System.Text.Json;

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

    public abstract ValueTask<ReadOnlyMemory<byte>> ReadAsync(object? returned);

    private static ReadOnlyMemory<byte> Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, ObjectJson.Options);

    private sealed class NoResult : ResultReader
    {
        public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(object? returned)
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
        public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(object? returned) => Write(await (Task<T>)returned!);
    }

    private sealed class ValueTaskResult<T> : ResultReader
    {
        public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(object? returned) => Write(await (ValueTask<T>)returned!);
    }

    private sealed class PlainResult<T> : ResultReader
    {
        public override ValueTask<ReadOnlyMemory<byte>> ReadAsync(object? returned) => new(Write((T?)returned));
    }
}
