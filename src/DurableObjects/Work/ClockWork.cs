using DurableObjects.Diagnostics;
using DurableObjects.History;
using DurableObjects.Signals;
using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects.Work;

/// <summary>
/// Tells the object of its return, if that is still to be done, by waking it. Otherwise it
/// runs the one thing that has been due longest: the alarm, or a signal of the inbox. It is taken out before its handler runs and
/// put back, for later, if that throws. Nothing is due early, whatever a host's timer does.
/// </summary>
internal sealed class ClockWork(ObjectClass objectClass) : TurnWork
{
    private AlarmRow? _alarm;
    private InboxRow? _signal;
    private PendingReturn? _return;

    public override Answer? Prepare(WorkSite site)
    {
        long now = site.NowMilliseconds;
        if (PendingReturn.Get(site.Tables.Meta) is { } pending)
        {
            _return = pending;
            site.Scope.Kind = TurnKind.Housekeeping;
            return pending.Due <= now ? null : Answer.Nothing;
        }
        AlarmRow? alarm = site.Tables.Alarm.Get() is { } set && set.Due <= now ? set : null;
        (InboxRow Row, long Due)? signal = site.Tables.Inbox.FirstDue() is { } first && first.Due <= now ? first : null;
        if (alarm is { } ringing && (signal is null || ringing.Due <= signal.Value.Due))
        {
            _alarm = ringing;
            site.Tables.Alarm.Delete();
            site.Diagnostics.Rang(TimeSpan.FromMilliseconds(now - ringing.Due));
        }
        else if (signal is not null)
        {
            site.Scope.Kind = TurnKind.Signal;
            _signal = signal.Value.Row;
            site.Scope.Caller = _signal.Caller;
            site.Tables.Inbox.Done(_signal, now);
        }
        else
        {
            site.Scope.Kind = TurnKind.Housekeeping;
            return Answer.Nothing;
        }
        site.Scope.ChangedRuntime();
        return null;
    }

    public override async ValueTask<Answer> RunAsync(DurableObject instance, WorkSite site)
    {
        if (_alarm is { } alarm)
        {
            await instance.OnAlarm(new AlarmInfo(DateTimeOffset.FromUnixTimeMilliseconds(alarm.Scheduled), alarm.Retries));
        }
        else if (_signal is { } signal)
        {
            await objectClass.Method(signal.Method)
                .InvokeAsync(instance, signal.Arguments, textual: false, () => site.Scope.Abandoned);
        }
        return Answer.Nothing;
    }

    public override Answer? Fail(Failure failure, WorkSite site)
    {
        if (_alarm is { } alarm)
        {
            FailAlarm(alarm, failure, site);
        }
        else if (_signal is { } signal)
        {
            FailSignal(signal, failure, site);
        }
        else if (_return is { } pending)
        {
            PendingReturn later = pending.Later(site.NowMilliseconds, failure.Detail);
            PendingReturn.Set(site.Tables.Meta, later);
            site.Logger.ReturnNotTold(site.Address, later.Failures, LogText.Of(failure.Detail));
            site.Scope.ChangedRuntime();
        }
        return null;
    }

    private void FailAlarm(AlarmRow alarm, Failure failure, WorkSite site)
    {
        // The runtime's own classes have nobody who would set the alarm again.
        if (alarm.Retries < Limits.AlarmRetries || objectClass.IsRuntime)
        {
            int retries = Math.Min(alarm.Retries + 1, Limits.AlarmRetries);
            long due = site.NowMilliseconds + Backoff.After(retries, Limits.AlarmFirstRetry);
            site.Tables.Alarm.Set(alarm with { Due = due, Retries = retries });
            site.Logger.AlarmFailed(site.Address, retries, LogText.Of(failure.Detail));
        }
        else
        {
            site.Tables.Alarm.Delete();
            site.Tables.Meta.Set(MetaTable.AlarmError, failure.Detail);
            site.Logger.AlarmGivenUp(site.Address, LogText.Of(failure.Detail));
        }
        site.Scope.ChangedRuntime();
    }

    private void FailSignal(InboxRow signal, Failure failure, WorkSite site)
    {
        int attempts = signal.Attempts + 1;
        // What the runtime's own classes could not do now they will do; only what they refuse is given up.
        if (attempts <= Limits.SignalRetries || (objectClass.IsRuntime && !failure.IsDecision))
        {
            long due = site.NowMilliseconds + Backoff.After(Math.Min(attempts, Limits.SignalRetries), Limits.SignalFirstRetry);
            site.Tables.Inbox.Retry(signal, attempts, due, failure.Detail);
            site.Logger.SignalFailed(signal.Method, site.Address, attempts, LogText.Of(failure.Detail));
        }
        else
        {
            site.Tables.Inbox.Park(signal, attempts, failure.Detail, site.NowMilliseconds);
            site.Logger.SignalParked(signal.Method, site.Address, attempts, LogText.Of(failure.Detail));
        }
        site.Scope.ChangedRuntime();
    }
}
