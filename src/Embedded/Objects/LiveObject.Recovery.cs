using DurableObjects.Turns;

namespace DurableObjects.Embedded.Objects;

// What a crash or an abandoned turn left undone.
internal sealed partial class LiveObject
{
    /// <summary>
    /// Does what the last run left undone, before any other turn: a signal sent from now on must not overtake those
    /// in the outbox, and a socket opened from now on is not among the lost.
    /// </summary>
    private async ValueTask ResumeAsync()
    {
        if (Entry.Summary.Outbox > 0 && !Entry.HasSentLeft)
        {
            TurnVisit drain = new(new DrainTurn { Caller = Caller.Runtime });
            if (!await RunAsync(drain))
            {
                await drain.Answered;
            }
            Entry.HasSentLeft = true;
        }
        if (Entry.Summary.Sockets > 0)
        {
            TurnVisit lost = new(new SocketsLostTurn([]) { Caller = Caller.Runtime });
            await RunAsync(lost);
            // If it does not become durable, they are as lost as before, and the next visit says so again.
            if ((await lost.Answered).Error is { } error)
            {
                _host.Logger.ResumeFailed(error.ToException(), Address);
            }
        }
        Entry.MustResume = false;
    }

    /// <summary>A turn broke the activation: it was abandoned, or the database failed. Its caller hears of it when it may.</summary>
    private async ValueTask RecoverAsync(Awake awake, TurnVisit visit, Exception error)
    {
        bool wasAbandoned = awake.Activation.WasAbandoned;
        long last = awake.Activation.Summary.Head.Commit;
        if (!wasAbandoned)
        {
            // A read may have seen a commit that will never come to the journal, and waits for it.
            awake.Gate.Failed(last + 1, error);
        }
        awake.Gate.Release(last, failure => visit.Fail(failure is null ? error : CommitFailed(failure)));
        await CloseAsync(awake, isFileCurrent: wasAbandoned);
        if (!wasAbandoned)
        {
            _host.Logger.ActivationBroken(error, Address);
        }
        if (Volatile.Read(ref _abandonedFor) is not null)
        {
            // The host stops; what the turn was about stands in the journal and comes again after the next start.
            return;
        }
        try
        {
            // An alarm or a signal that breaks its activation each time must not be tried for ever.
            Awake fresh = await WakeAsync();
            TurnOutcome outcome = await fresh.Activation.RunAsync(new AbandonedTurn(visit.Turn, Failure.From(error)));
            Commit(fresh.Gate, outcome);
            Release(fresh.Gate, outcome, null);
        }
        catch (Exception failure)
        {
            // If the new activation broke as well, the next turn finds it so and wakes another.
            _host.Logger.ActivationBroken(failure, Address);
        }
    }
}
