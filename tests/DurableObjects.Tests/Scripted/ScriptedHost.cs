using System.Text;
using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Tests.Scripted;

/// <summary>A test host of scripted objects: each turn's body is a lambda of the test.</summary>
public sealed class ScriptedHost : IAsyncDisposable
{
    public ScriptedHost(ObjectRuntimeOptions? options = null) =>
        Host = new TestHost([typeof(ScriptedObject)], services => services.AddSingleton(Script), options);

    public Script Script { get; } = new();

    public TestHost Host { get; }

    public FakeClock Clock => Host.Clock;

    /// <summary>The object that is meant where a test names none.</summary>
    public ObjectAddress One { get; } = Address("one");

    public ObjectSummary Summary => Host.SummaryOf(One);

    public IReadOnlyList<Commit> Commits => Host.CommitsOf(One);

    public static ObjectAddress Address(string name) => ObjectAddress.OfName("scripted", name);

    /// <summary>A turn with a body.</summary>
    public CallTurn Turn(Func<ScriptedObject, Task> body) => Call("run", body);

    public CallTurn Turn(Action<ScriptedObject> body) => Turn(Async(body));

    /// <summary>Runs a body as a turn and returns its answer, which may be an error.</summary>
    public Task<Answer> TryAsync(Func<ScriptedObject, Task> body, string name = "one") =>
        Host.RunAsync(Address(name), Turn(body), CancellationToken.None);

    public Task<Answer> TryAsync(Action<ScriptedObject> body, string name = "one") => TryAsync(Async(body), name);

    /// <summary>Runs a body as a turn, which must succeed.</summary>
    public async Task<Answer> DoAsync(Func<ScriptedObject, Task> body, string name = "one") =>
        (await TryAsync(body, name)).OrThrow();

    public Task<Answer> DoAsync(Action<ScriptedObject> body, string name = "one") => DoAsync(Async(body), name);

    /// <summary>Runs a body as a turn and returns what it found.</summary>
    public async Task<T> GetAsync<T>(Func<ScriptedObject, T> body, string name = "one")
    {
        T found = default!;
        await DoAsync(instance => { found = body(instance); }, name);
        return found;
    }

    /// <summary>Runs a body on a reader and returns what it found.</summary>
    public async Task<T> ReadAsync<T>(Func<ScriptedObject, T> body, string name = "one")
    {
        T found = default!;
        (await TryReadAsync(instance => { found = body(instance); }, name)).OrThrow();
        return found;
    }

    public Task<Answer> TryReadAsync(Action<ScriptedObject> body, string name = "one") =>
        Host.RunAsync(Address(name), Call("read", Async(body)), CancellationToken.None);

    /// <summary>Runs a body as a turn, which must fail.</summary>
    public async Task<Failure> FailAsync(Func<ScriptedObject, Task> body, string name = "one")
    {
        Failure? error = (await TryAsync(body, name)).Error;
        Assert.NotNull(error);
        return error;
    }

    public Task<Failure> FailAsync(Action<ScriptedObject> body, string name = "one") => FailAsync(Async(body), name);

    public async Task<ObjectDetails> InspectAsync(string name = "one")
    {
        Answer answer = await Host.RunAsync(Address(name), new InspectTurn(), CancellationToken.None);
        return JsonSerializer.Deserialize<ObjectDetails>(answer.OrThrow().Json.Span, ObjectJson.Options)!;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    private static Func<ScriptedObject, Task> Async(Action<ScriptedObject> body) => instance =>
    {
        body(instance);
        return Task.CompletedTask;
    };

    private CallTurn Call(string method, Func<ScriptedObject, Task> body) =>
        new(method, Encoding.UTF8.GetBytes($"[{Script.Add(body)}]"));
}
