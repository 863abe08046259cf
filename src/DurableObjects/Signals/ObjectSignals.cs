using System.Text.Json;
using DurableObjects.Classes;
using DurableObjects.Signals;
using DurableObjects.Storage;
using DurableObjects.Turns;
using DurableObjects.Workflows;

namespace DurableObjects;

/// <summary>
/// Other objects, to be signalled from inside a turn. A signal is a one-way call: it leaves once the turn has committed, and its
/// receiver handles it exactly once, in the order in which this object sent. Objects do not wait for each other's answers.
/// </summary>
public sealed class ObjectSignals
{
    private readonly SqliteDatabase _database;
    private readonly TurnGuard _guard;
    private readonly ObjectClasses _classes;
    private readonly ObjectAddress _sender;
    private readonly TimeProvider _clock;

    internal ObjectSignals(
        SqliteDatabase database, TurnGuard guard, ObjectClasses classes, ObjectAddress sender, TimeProvider clock)
    {
        _database = database;
        _guard = guard;
        _classes = classes;
        _sender = sender;
        _clock = clock;
    }

    /// <summary>Signals the object with a name, through the interface that its class implements.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="call">Calls one method of the interface: <c>room =&gt; room.Post("hi")</c>. Nothing runs here.</param>
    public void Signal<TObject>(string name, Action<TObject> call)
        where TObject : class =>
        Signal(ObjectAddress.OfName(_classes.ForInterface(typeof(TObject)).Name, name), call);

    /// <summary>Signals the object at an address, through the interface that its class implements.</summary>
    public void Signal<TObject>(ObjectAddress receiver, Action<TObject> call)
        where TObject : class
    {
        (string method, byte[] arguments) = CallRecorder.Record(call);
        Send(receiver, method, arguments);
    }

    /// <summary>Signals the object at an address by the name of a method.</summary>
    /// <param name="receiver">The object.</param>
    /// <param name="method">The method, compared without regard to case.</param>
    /// <param name="arguments">Its arguments in order, which go as JSON of at most <see cref="Limits.RequestBytes"/>.</param>
    public void Signal(ObjectAddress receiver, string method, params ReadOnlySpan<object?> arguments) =>
        Send(receiver, method, JsonSerializer.SerializeToUtf8Bytes(arguments.ToArray(), ObjectJson.Options));

    /// <summary>
    /// Asks for an attempt of an activity, which waits in the outbox until its outcome is recorded. It is a stream of its own, so that
    /// none waits for another.
    /// </summary>
    internal void Request(ObjectAddress port, long epoch, long number, byte[] attempt)
    {
        using TurnGuard.Entry entry = _guard.EnterToChange("An activity");
        OutboxTable outbox = new(_database);
        TurnScope scope = entry.Scope;
        scope.WaitingBefore ??= outbox.Count();
        LostTransaction.Watch(_database, scope, () => scope.Add(outbox.Add(
            new Signal(port, ActivityPort.Method, attempt) { Sender = _sender, TraceParent = scope.Activity?.Id }, (epoch, number))));
        scope.ChangedSummary();
    }

    /// <summary>Takes an attempt out of the outbox whose outcome is being recorded.</summary>
    internal void Settle(ObjectAddress port, long epoch, long number)
    {
        using TurnGuard.Entry entry = _guard.EnterToChange("An activity's outcome");
        TurnScope scope = entry.Scope;
        LostTransaction.Watch(_database, scope, () => new OutboxTable(_database).Delete(port.Id, epoch, number));
        scope.ChangedSummary();
    }

    /// <summary>
    /// Sends what is known to have a receiver, of a class that need not be served. What a workflow sends is bounded by its operations, so
    /// only what waits from before counts against the limit.
    /// </summary>
    internal void Post(ObjectAddress receiver, string method, byte[] arguments, int most = int.MaxValue) =>
        Enqueue(receiver, method, arguments, most);

    private void Send(ObjectAddress receiver, string method, byte[] arguments)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        // A signal to nowhere is found here, where its sender can still see the error. Who names a receiver may have been told it by a
        // caller, so the runtime's own objects are not there for it, as they are not for callers.
        ObjectClass found = _classes.Get(receiver.ClassName);
        if (found.IsRuntime)
        {
            throw new DurableObjectException(404, ErrorCodes.UnknownClass, $"There is no object class '{receiver.ClassName}'.");
        }
        found.Method(method);
        Enqueue(receiver, method, arguments, Limits.SignalsPerTurn);
    }

    private void Enqueue(ObjectAddress receiver, string method, byte[] arguments, int most)
    {
        if (arguments.Length > Limits.RequestBytes)
        {
            throw DurableObjectException.TooLarge($"The signal '{method}'", arguments.Length, Limits.RequestBytes);
        }
        using TurnGuard.Entry entry = _guard.EnterToChange("Signal");
        if (entry.Scope.Signals.Count >= most)
        {
            throw DurableObjectException.Invalid($"The turn has sent {most:N0} signals, which is the limit.");
        }
        OutboxTable outbox = new(_database);
        entry.Scope.WaitingBefore ??= outbox.Count();
        if (entry.Scope.WaitingBefore + (most < int.MaxValue ? entry.Scope.Signals.Count : 0) >= Limits.WaitingSignals)
        {
            throw new DurableObjectException(
                503, ErrorCodes.Overloaded, $"{Limits.WaitingSignals:N0} signals wait in the object's outbox, which is the limit.")
            { Retryable = true, Overloaded = true };
        }
        TurnScope scope = entry.Scope;
        LostTransaction.Watch(_database, scope, () =>
        {
            (long, long) place = new SentTable(_database).Next(receiver.Id, _clock.GetUtcNow());
            scope.Add(outbox.Add(new Signal(receiver, method, arguments) { Sender = _sender, TraceParent = scope.Activity?.Id }, place));
        });
        scope.ChangedSummary();
    }
}
