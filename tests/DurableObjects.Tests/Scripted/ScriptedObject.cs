namespace DurableObjects.Tests.Scripted;

public interface IScripted
{
    Task Run(int number);

    Task Read(int number);

    Task Note(string text);
}

/// <summary>An object that does what the test's script says.</summary>
[DurableObject("scripted")]
public sealed class ScriptedObject : DurableObject, IScripted, IDisposable
{
    private readonly Script _script;

    public ScriptedObject(ObjectContext context, Script script)
        : base(context)
    {
        _script = script;
        script.OnConstruct(context);
    }

    public new ObjectContext Context => base.Context;

    public new ObjectStorage Storage => base.Storage;

    public ObjectSql Sql => Storage.Sql;

    public int Field { get; set; }

    protected internal override IReadOnlyList<string> Migrations => _script.Migrations;

    public Task Run(int number) => _script.RunAsync(number, this);

    [ReadOnlyMethod]
    public Task Read(int number) => _script.RunAsync(number, this);

    public Task Note(string text) => _script.OnNote(this, text);

    public void Dispose() => _script.OnDispose(this);

    protected internal override ValueTask OnWake() => new(_script.OnWake(this));

    protected internal override ValueTask OnReturned(ReturnInfo info) => new(_script.OnReturned(this, info));

    protected internal override ValueTask OnAlarm(AlarmInfo alarm) => new(_script.OnAlarm(this, alarm));

    protected internal override ValueTask<ObjectResponse> OnFetch(ObjectRequest request) => new(_script.OnFetch(this, request));

    protected internal override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        _script.OnOpened(socket, opening);
        return ValueTask.CompletedTask;
    }

    protected internal override ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message)
    {
        _script.OnMessage(this, socket, message);
        return ValueTask.CompletedTask;
    }

    protected internal override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        _script.OnClosed(this, socket, closing);
        return ValueTask.CompletedTask;
    }
}
