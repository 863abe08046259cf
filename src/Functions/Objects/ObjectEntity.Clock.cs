using DurableObjects.Turns;

namespace DurableObjects.Functions.Objects;

// What comes due: alarms and retries, and the end of the retention.
internal sealed partial class ObjectEntity
{
    /// <summary>Turns of the clock with one operation; what else is due gets another, behind what waits meanwhile.</summary>
    private const int MaxClockTurns = 8;

    /// <summary>The longest that an object which cannot be woken is left alone before the next attempt.</summary>
    private static readonly TimeSpan LastClockDelay = TimeSpan.FromMinutes(10);

    /// <summary>How late an orchestration must be before the object believes that it will never fire, and starts another.</summary>
    private static readonly TimeSpan AlarmIsLost = TimeSpan.FromMinutes(5);

    /// <summary>An alarm's orchestration is the one that is outstanding, or it is an old one that says nothing.</summary>
    private async ValueTask ClockAsync(ClockRequest request)
    {
        if (request.Epoch != _state.Epoch || _state.Alarm?.Number != request.Number)
        {
            return;
        }
        _state = _state with { Alarm = null, NotBefore = 0 };
        for (int i = 0; i < MaxClockTurns && _summary.WakeAt is { } due && due <= Now && !IsOutOfTime; i++)
        {
            Mark before = Here();
            try
            {
                Answer answer = await RunTurnAsync(new ClockTurn { Caller = Caller.Runtime });
                if (answer.Error is { } failure && _summary.WakeAt == due)
                {
                    throw failure.ToException();
                }
                _state = _state with { ClockFailures = 0 };
            }
            catch (Exception error)
            {
                // Not the handler's failure, which the model retries itself: the database could not be brought to its head, or kept.
                ReturnTo(before);
                host.Logger.OperationFailed(error, ObjectOperations.Clock, _address.ToString());
                TimeSpan delay = Growing(RetryDelay, _state.ClockFailures, LastClockDelay);
                _state = _state with { NotBefore = Milliseconds(Now + delay), ClockFailures = _state.ClockFailures + 1 };
                return;
            }
        }
    }

    /// <summary>The history of an object that ended before the retention goes; one that lives, or died later, is left alone.</summary>
    private void ExpireAtOnce()
    {
        bool isOver = !_summary.Exists && _summary is { Outbox: 0, Parked: 0, WakeAt: null };
        if (!isOver)
        {
            return;
        }
        if (_summary.Head.Commit > 0)
        {
            _state = _state with { IsPurging = _state.IsPurging || _summary.CommittedAt <= Now - host.Retention };
        }
        else
        {
            bool isGone = !_state.IsPurging && !(_state.Answers ?? []).Any(one => Time(one.At) > Now - Limits.CallMemory);
            _gone = isGone ? _state : null;
        }
    }
}
