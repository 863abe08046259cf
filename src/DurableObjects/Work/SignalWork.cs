using System.Security.Cryptography;
using DurableObjects.Signals;
using DurableObjects.Turns;

namespace DurableObjects.Work;

/// <summary>
/// Takes a signal: drops it if it was here before, refuses it if one before it is missing, lines it up if an earlier one of the
/// same sender still waits, and otherwise handles it. If the handler throws, the signal goes into the inbox to be retried.
/// </summary>
internal sealed class SignalWork(SignalTurn turn, ObjectClass objectClass) : TurnWork
{
    private readonly Signal _signal = turn.Signal;

    /// <summary>One-way calls from outside have no order among them, so each is a stream of its own.</summary>
    private readonly byte[] _stream = turn.Signal.Sender?.Id.ToByteArray() ?? RandomNumberGenerator.GetBytes(16);

    private bool _isReceived;

    public override Answer? Prepare(WorkSite site)
    {
        site.Scope.Caller = CallerOf(_signal.Sender) ?? turn.Caller;
        if (_signal.Sender is { } sender)
        {
            switch (site.Tables.Seen.Judge(sender.Id, _signal.Position))
            {
                case Judgement.Seen:
                    return Answer.Nothing;
                case Judgement.TooEarly:
                    throw new DurableObjectException(
                        503, ErrorCodes.SignalTooEarly, $"Signal {_signal.Position.Number} of {sender} came before an earlier one.")
                    { Retryable = true };
            }
            site.Tables.Seen.Set(sender.Id, _signal.Position);
            site.Scope.RuntimeChanged = true;
        }
        // Parked ones hold up nobody; but what comes from outside may not pile up without end.
        int waiting = site.Tables.Inbox.Count() - (_signal.Sender is null ? 0 : site.Summary.Parked);
        if (waiting >= Limits.WaitingSignals)
        {
            throw new DurableObjectException(
                503, ErrorCodes.Overloaded, $"{Limits.WaitingSignals:N0} signals wait in the object's inbox, which is the limit.")
            { Retryable = true, Overloaded = true };
        }
        if (site.Tables.Inbox.HasLine(_stream))
        {
            site.Tables.Inbox.Insert(Row(site, attempts: 0), due: null, error: null);
            site.Scope.ChangedSummary();
            return Answer.Nothing;
        }
        return null;
    }

    public override async ValueTask<Answer> RunAsync(DurableObject instance, WorkSite site)
    {
        ObjectMethod method = objectClass.Method(_signal.Method);
        await method.InvokeAsync(
            instance, _signal.Arguments, textual: false, () => site.Scope.Abandoned, bound: () => _isReceived = true);
        return Answer.Nothing;
    }

    public override Answer? Fail(Failure failure, WorkSite site)
    {
        // Refused before it was received, or malformed and its caller is still there to hear of it.
        bool isRefused = failure.Code is ErrorCodes.SignalTooEarly or ErrorCodes.Overloaded && !_isReceived;
        if (isRefused || (_signal.Sender is null && !_isReceived))
        {
            return null;
        }
        if (_signal.Sender is { } sender)
        {
            site.Tables.Seen.Set(sender.Id, _signal.Position);
        }
        long due = site.NowMilliseconds + Backoff.After(1, Limits.SignalFirstRetry);
        site.Tables.Inbox.Insert(Row(site, attempts: 1), due, failure.Detail);
        // From here on the object exists, so that an administrator finds it and what waits in it.
        site.Scope.ChangedSummary();
        site.Logger.SignalFailed(_signal.Method, site.Address, 1, LogText.Of(failure.Detail));
        return Answer.Nothing;
    }

    internal static Caller? CallerOf(ObjectAddress? sender) =>
        sender is null ? null : Caller.Of($"object:{sender.ClassName}/{sender.Id}", Caller.Object);

    private InboxRow Row(WorkSite site, int attempts) => new(
        0, CallerOf(_signal.Sender) ?? turn.Caller, _stream, _signal.Method, _signal.Arguments.ToArray(), site.NowMilliseconds, attempts);
}
