using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using DurableObjects.Classes;
using DurableObjects.Diagnostics;
using DurableObjects.Turns;

namespace DurableObjects.Hosting;

/// <summary>An implementation of any interface whose methods become calls of an object.</summary>
internal class StubProxy : DispatchProxy
{
    private static readonly MethodInfo TypedCall = Own(nameof(CallAsync));
    private static readonly MethodInfo TypedValueCall = Own(nameof(CallValueAsync));

    private Func<ObjectAddress, CallTurn, Task<Answer>> _run = null!;
    private StubCallers _callers = null!;
    private ObjectAddress _address = null!;
    private Caller _caller = Caller.Anonymous;

    /// <summary>A stub of an object.</summary>
    /// <param name="run">Runs what is called.</param>
    /// <param name="address">The object.</param>
    /// <param name="caller">On whose behalf.</param>
    /// <param name="callers">Shared by all stubs of one maker.</param>
    public static TObject Create<TObject>(
        Func<ObjectAddress, CallTurn, Task<Answer>> run, ObjectAddress address, Caller caller, StubCallers callers)
        where TObject : class
    {
        if (!typeof(TObject).IsInterface)
        {
            throw DurableObjectException.Misuse($"{typeof(TObject)} must be an interface that an object class implements.");
        }
        TObject proxy = Create<TObject, StubProxy>();
        StubProxy stub = (StubProxy)(object)proxy;
        (stub._run, stub._address, stub._caller, stub._callers) = (run, address, caller, callers);
        return proxy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        MethodInfo method = targetMethod!;
        CallTurn turn = new(ObjectMethod.NameOf(method), CallRecorder.Encode(method, args ?? []))
        {
            Caller = _caller,
            TraceParent = TraceContext.Current,
        };
        return _callers.ByReturnType.GetOrAdd(method.ReturnType, CallerFor)(this, turn);
    }

    private static MethodInfo Own(string name) =>
        typeof(StubProxy).GetMethod(name, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)!;

    private static Func<StubProxy, CallTurn, object> CallerFor(Type returned)
    {
        if (returned == typeof(Task))
        {
            return (stub, turn) => stub.RunAsync(turn);
        }
        if (returned == typeof(ValueTask))
        {
            return (stub, turn) => new ValueTask(stub.RunAsync(turn));
        }
        MethodInfo? call = !returned.IsGenericType ? null
            : returned.GetGenericTypeDefinition() == typeof(Task<>) ? TypedCall
            : returned.GetGenericTypeDefinition() == typeof(ValueTask<>) ? TypedValueCall
            : null;
        if (call is null)
        {
            throw DurableObjectException.Misuse($"A stub's methods return a task; {returned} is none.");
        }
        MethodInvoker invoker = MethodInvoker.Create(call.MakeGenericMethod(returned.GetGenericArguments()));
        return (stub, turn) => invoker.Invoke(stub, turn)!;
    }

    private async Task<T?> CallAsync<T>(CallTurn turn)
    {
        Answer answer = await RunAsync(turn);
        return answer.Json.IsEmpty ? default : JsonSerializer.Deserialize<T>(answer.Json.Span, ObjectJson.Options);
    }

    private ValueTask<T?> CallValueAsync<T>(CallTurn turn) => new(CallAsync<T>(turn));

    private async Task<Answer> RunAsync(CallTurn turn) => (await _run(_address, turn)).OrThrow();
}

/// <summary>How stubs call methods, by the type that these return: made once, since it takes reflection.</summary>
internal sealed class StubCallers
{
    public ConcurrentDictionary<Type, Func<StubProxy, CallTurn, object>> ByReturnType { get; } = new();
}
