using System.Collections.Concurrent;

namespace DurableObjects.Tests.Scripted;

/// <summary>What the scripted objects of one test do, given from outside so that a test can be read in one place.</summary>
public sealed class Script
{
    private readonly ConcurrentDictionary<int, Func<ScriptedObject, Task>> _bodies = new();
    private int _last;

    public IReadOnlyList<string> Migrations { get; set; } = [];

    public Action<ObjectContext> OnConstruct { get; set; } = _ => { };

    public Func<ScriptedObject, Task> OnWake { get; set; } = _ => Task.CompletedTask;

    public Func<ScriptedObject, ReturnInfo, Task> OnReturned { get; set; } = (_, _) => Task.CompletedTask;

    public Func<ScriptedObject, AlarmInfo, Task> OnAlarm { get; set; } = (_, _) => Task.CompletedTask;

    public Func<ScriptedObject, string, Task> OnNote { get; set; } = (_, _) => Task.CompletedTask;

    public Func<ScriptedObject, ObjectRequest, ObjectResponse> OnFetch { get; set; } = (_, _) =>
        new ObjectResponse(204, new Dictionary<string, string>(), default);

    public Action<ObjectSocket, SocketOpening> OnOpened { get; set; } = (_, _) => { };

    public Action<ScriptedObject, ObjectSocket, SocketMessage> OnMessage { get; set; } = (_, _, _) => { };

    public Action<ScriptedObject, ObjectSocket, SocketClosing> OnClosed { get; set; } = (_, _, _) => { };

    public Action<ScriptedObject> OnDispose { get; set; } = _ => { };

    public int Add(Func<ScriptedObject, Task> body)
    {
        int number = Interlocked.Increment(ref _last);
        _bodies[number] = body;
        return number;
    }

    public Task RunAsync(int number, ScriptedObject instance) => _bodies[number](instance);
}
