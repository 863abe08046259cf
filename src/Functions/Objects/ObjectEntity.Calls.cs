using DurableObjects.Functions.Sockets;
using DurableObjects.Functions.Wire;
using DurableObjects.Turns;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.Functions.Objects;

// Turns from outside: each runs once, however often it is delivered.
internal sealed partial class ObjectEntity
{
    /// <summary>How long a one-way call that cannot be run is tried.</summary>
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(1);

    /// <summary>How a call ended that may have been delivered before.</summary>
    private enum CallEnd
    {
        /// <summary>Its answer is in the state, or nobody waits for one.</summary>
        Answered,

        /// <summary>It could not be run, nobody waits, and nothing says so to the one who sent it: it must come again.</summary>
        NotRun,
    }

    /// <summary>A call that was delivered before is not run again; whatever comes of one that runs is its answer.</summary>
    private async ValueTask<CallEnd> CallAsync(CallRequest request, Func<CallRequest, Task<Answer>> run)
    {
        if (_state.Find(request.Id) is not null)
        {
            return CallEnd.Answered;
        }
        if (request.IsAwaited && Now - Time(request.At) > Limits.CallMemory)
        {
            // It may have run before: that is not known any more. Its caller has gone long since.
            host.Logger.CallTooLate(_address, request.Id);
            return CallEnd.Answered;
        }
        Mark before = Here();
        bool mayHaveRun = MayBeRemembered;
        try
        {
            await MakeRoomAsync();
            if (await FindRememberedAsync(request))
            {
                return CallEnd.Answered;
            }
            mayHaveRun = false;
            Learn(request.Name);
            await RememberAsync(request, await run(request));
            return CallEnd.Answered;
        }
        catch (Exception error)
        {
            ReturnTo(before);
            Answer failed = Failed(error);
            if (!request.IsAwaited)
            {
                return CallEnd.NotRun;
            }
            if (mayHaveRun)
            {
                // Whether it has run could not be found out, so no answer would be true. Its caller sends it again.
                return CallEnd.Answered;
            }
            Remember(request, failed);
            return CallEnd.Answered;
        }
    }

    private void TryLater(TaskEntityContext context, CallRequest call)
    {
        if (Now - Time(call.At) < GivenUpAfter)
        {
            Later(context, ObjectOperations.Call, call);
        }
        else
        {
            host.Logger.CallGivenUp(_address, call.Id, GivenUpAfter.TotalHours);
        }
    }

    private async Task<Answer> RunCallAsync(CallRequest request)
    {
        Turn turn = WireJson.Unpack<Turn>(request.Turn is { } inline
            ? Packed.FromText(inline)
            : await host.Payloads.ReadAsync(request.Payload ?? "", CancellationToken.None));
        TimeSpan waited = Now - Time(request.At);
        host.Runtime.Diagnostics.Of(_address.ClassName).LeftMailbox(waited > TimeSpan.Zero ? waited : TimeSpan.Zero);
        if (request.Opened is { } opened)
        {
            await OpenFirstAsync(WireJson.Unpack<SocketOpenedTurn>(Packed.FromText(opened)));
        }
        Answer answer = await RunTurnAsync(turn);
        if (!request.IsAwaited && answer.Error is { } error)
        {
            // A turn that ran into its deadline has had its chance. What was refused before it began has not.
            if (turn is SignalTurn && error is { Retryable: true, Code: not ErrorCodes.DeadlineExceeded })
            {
                throw error.ToException();
            }
            host.Logger.OneWayFailed(turn.GetType().Name, _address, error.Detail);
        }
        if (turn is SocketClosedTurn closed)
        {
            // The news of its opening may come after that of its end, and must not open what nothing will ever close.
            string opening = CallId(SocketCallId.OfOpening(closed.SocketId));
            _state = _state.Find(opening) is null ? _state.With(new AnswerMark(opening, Milliseconds(Now), null, null)) : _state;
        }
        return answer;
    }

    /// <summary>A message that was faster than the news of its own connection: the connection is opened now, and not again later.</summary>
    private async ValueTask OpenFirstAsync(SocketOpenedTurn opened)
    {
        CallRequest opening = new() { Id = CallId(SocketCallId.OfOpening(opened.SocketId)), At = Milliseconds(Now) };
        if (await CallAsync(opening, _ => RunTurnAsync(opened)) == CallEnd.NotRun)
        {
            throw new DurableObjectException(503, ErrorCodes.Unavailable, "The socket could not be opened.") { Retryable = true };
        }
    }

    private async Task<Answer> RunPurgeAsync(CallRequest request)
    {
        Answer answer = await RunTurnAsync(new DeleteTurn { Caller = Caller.Runtime });
        // One that has ended before may still have a history; only what never was cannot be purged.
        if (answer.Error is not null && (answer.Error.Code != ErrorCodes.UnknownObject || _summary.Head.Commit == 0))
        {
            return answer;
        }
        _state = _state with { IsPurging = true };
        return Answer.Nothing;
    }
}
