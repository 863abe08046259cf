using DurableObjects.Turns;

namespace DurableObjects.Work;

/// <summary>
/// What one kind of turn does, around the transaction that all kinds share: what it checks and changes before the handler, which
/// handler it runs, and what it keeps if that throws.
/// </summary>
internal abstract class TurnWork
{
    /// <summary>Runs first in the transaction. An answer ends the turn here, and what was changed is committed.</summary>
    public virtual Answer? Prepare(WorkSite site) => null;

    /// <summary>Runs the handler.</summary>
    public virtual ValueTask<Answer> RunAsync(DurableObject instance, WorkSite site) => new(Answer.Nothing);

    /// <summary>
    /// Runs after a failed turn was rolled back, in a transaction of its own. An answer replaces the error; null leaves it. What
    /// is changed here is committed if the scope says so.
    /// </summary>
    public virtual Answer? Fail(Failure failure, WorkSite site) => null;

    public static TurnWork For(Turn turn, ObjectClass objectClass) => turn switch
    {
        CallTurn call => new CallWork(call, objectClass),
        FetchTurn fetch => new FetchWork(fetch),
        SignalTurn signal => new SignalWork(signal, objectClass),
        ClockTurn => new ClockWork(objectClass),
        SocketOpenedTurn opened => new SocketOpenedWork(opened),
        SocketMessageTurn message => new SocketMessageWork(message),
        SocketClosedTurn closed => new SocketClosedWork(closed),
        SocketsLostTurn lost => new SocketsLostWork(lost),
        DrainTurn drain => new DrainWork(drain),
        AcknowledgeTurn acknowledge => new AcknowledgeWork(acknowledge),
        AcknowledgeStreamTurn acknowledge => new AcknowledgeStreamWork(acknowledge),
        RememberCallsTurn remember => new RememberCallsWork(remember),
        FindCallTurn find => new FindCallWork(find),
        DeleteTurn => new DeleteWork(),
        InspectTurn => new InspectWork(),
        RecoveryPointsTurn => new RecoveryPointsWork(),
        CreateRecoveryPointTurn create => new CreateRecoveryPointWork(create),
        RestoreTurn restore => new RestoreWork(restore),
        RestoreFailedTurn failed => new RestoreFailedWork(failed),
        ParkedSignalsTurn parked => new ParkedSignalsWork(parked),
        AbandonedTurn abandoned => new AbandonedWork(For(abandoned.Turn, objectClass), abandoned.Reason),
        _ => throw new ArgumentException($"No turn of type {turn.GetType()} is known.", nameof(turn)),
    };
}
