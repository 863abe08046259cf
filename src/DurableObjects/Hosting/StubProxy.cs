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

    private IObjectHost _host = null!;
    private ConcurrentDictionary<Type, Func<StubProxy, CallTurn, object>> _callers = null!;
    private ObjectAddress _address = null!;
    private Caller _caller = Caller.Anonymous;

    /// <summary>Makes the stub one of an object. All stubs of one <see cref="ObjectStubs"/> share their callers by return type.</summary>
    public void Attach(
        IObjectHost host, ObjectAddress address, Caller caller, ConcurrentDictionary<Type, Func<StubProxy, CallTurn, object>> callers) =>
        (_host, _address, _caller, _callers) = (host, address, caller, callers);

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        MethodInfo method = targetMethod!;
        CallTurn turn = new(ObjectMethod.NameOf(method), CallRecorder.Encode(method, args ?? []))
        {
            Caller = _caller,
            TraceParent = TraceContext.Current,
        };
        return _callers.GetOrAdd(method.ReturnType, CallerFor)(this, turn);
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

    private async Task<Answer> RunAsync(CallTurn turn) => (await _host.RunAsync(_address, turn, CancellationToken.None)).OrThrow();
}
