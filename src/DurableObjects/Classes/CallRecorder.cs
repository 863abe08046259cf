using System.Reflection;
using System.Text.Json;

namespace DurableObjects.Classes;

/// <summary>An implementation of any interface that does nothing but note which method was called, and with what.</summary>
internal class CallRecorder : DispatchProxy
{
    private MethodInfo? _method;
    private object?[] _arguments = [];

    /// <summary>The method that a lambda calls on the interface, and its arguments as a JSON array.</summary>
    public static (string Method, byte[] Arguments) Record<TObject>(Action<TObject> call)
        where TObject : class
    {
        ArgumentNullException.ThrowIfNull(call);
        if (!typeof(TObject).IsInterface)
        {
            throw DurableObjectException.Misuse($"{typeof(TObject)} must be an interface that an object class implements.");
        }
        TObject proxy = Create<TObject, CallRecorder>();
        call(proxy);
        CallRecorder recorder = (CallRecorder)(object)proxy;
        return recorder._method is { } method
            ? (ObjectMethod.NameOf(method), Encode(method, recorder._arguments))
            : throw DurableObjectException.Misuse("A signal's lambda must call one method of the object.");
    }

    /// <summary>The arguments of a call as a JSON array; a cancellation token stays at home.</summary>
    public static byte[] Encode(MethodInfo method, object?[] arguments)
    {
        ParameterInfo[] parameters = method.GetParameters();
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Encoder = ObjectJson.Options.Encoder }))
        {
            writer.WriteStartArray();
            for (int i = 0; i < parameters.Length; i++)
            {
                if (parameters[i].ParameterType != typeof(CancellationToken))
                {
                    JsonSerializer.Serialize(writer, arguments[i], parameters[i].ParameterType, ObjectJson.Options);
                }
            }
            writer.WriteEndArray();
        }
        return stream.ToArray();
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (_method is not null)
        {
            throw DurableObjectException.Misuse("A signal's lambda must call one method of the object, not several.");
        }
        _method = targetMethod!;
        _arguments = args ?? [];
        return Completed(targetMethod!.ReturnType);
    }

    private static object? Completed(Type type)
    {
        if (type == typeof(Task))
        {
            return Task.CompletedTask;
        }
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>))
        {
            return typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(type.GetGenericArguments())
                .Invoke(null, [null]);
        }
        return type.IsValueType && type != typeof(void) ? Activator.CreateInstance(type) : null;
    }
}
