using System.Text;
using DurableObjects.Functions.Wire;
using DurableObjects.Turns;

namespace DurableObjects.Functions.Objects;

// Answers: in the state for their callers, and, for a second delivery of a call, in the database.
internal sealed partial class ObjectEntity
{
    private const string PayloadMark = "payload:";

    /// <summary>Whether the database has answers of calls that may be delivered again.</summary>
    private bool MayBeRemembered => _state.Pushed > Milliseconds(Now - Limits.CallMemory);

    /// <summary>Moves the oldest answers into the database, if there is no room for one more.</summary>
    private async ValueTask MakeRoomAsync()
    {
        IReadOnlyList<AnswerMark> excess = _state.Excess();
        if (excess.Count == 0)
        {
            return;
        }
        List<RememberedCall> calls = [.. excess.Select(one => new RememberedCall(
            Guid.ParseExact(one.Id, "n"), Time(one.At),
            Encoding.UTF8.GetBytes(one.Payload is { } payload ? PayloadMark + payload : one.Inline ?? " ")))];
        Answer kept = await RunTurnAsync(new RememberCallsTurn(calls) { Caller = Caller.Runtime });
        if (kept.Error is { Code: ErrorCodes.StorageFull })
        {
            // Or a full object could never be called again, not even to delete something.
            host.Logger.AnswersForgotten(_address, calls.Count);
        }
        else
        {
            kept.OrThrow();
        }
        _state = _state.Without(excess) with { Pushed = Milliseconds(Now) };
    }

    /// <summary>Whether a call has run before and its answer had to leave the state; it is back in it then.</summary>
    private async ValueTask<bool> FindRememberedAsync(CallRequest request)
    {
        if (!MayBeRemembered)
        {
            return false;
        }
        FindCallTurn turn = new(Guid.ParseExact(request.Id, "n")) { Caller = Caller.Runtime };
        ReadOnlyMemory<byte> found = (await RunTurnAsync(turn)).OrThrow().Json;
        if (found.IsEmpty)
        {
            return false;
        }
        string text = Encoding.UTF8.GetString(found.Span);
        AnswerMark mark = text.StartsWith(PayloadMark, StringComparison.Ordinal)
            ? new AnswerMark(request.Id, Milliseconds(Now), null, text[PayloadMark.Length..])
            : new AnswerMark(request.Id, Milliseconds(Now), text.Trim() is { Length: > 0 } inline ? inline : null, null);
        _state = _state.With(mark);
        await FitAsync();
        return true;
    }

    /// <summary>Keeps a call's answer where its caller looks for it.</summary>
    private async ValueTask RememberAsync(CallRequest request, Answer answer)
    {
        if (!request.IsAwaited)
        {
            Remember(request, null);
        }
        else
        {
            byte[] packed = WireJson.Pack(answer);
            string text = Packed.ToText(packed);
            AnswerMark mark = text.Length <= AnswerRing.MaxInlineCharacters
                ? new AnswerMark(request.Id, Milliseconds(Now), text, null)
                : new AnswerMark(request.Id, Milliseconds(Now), null, await host.Payloads.WriteAsync(
                    _address.ClassName, _address.Id, packed, CancellationToken.None));
            _state = _state.With(mark);
        }
        await FitAsync();
    }

    /// <summary>
    /// Keeps an answer without the help of anything that may fail. One for which there is no room is dropped: nothing of its call has
    /// happened, so its caller may well hear nothing and ask again.
    /// </summary>
    private void Remember(CallRequest request, Answer? answer)
    {
        string? text = answer is null ? null : Packed.ToText(WireJson.Pack(answer));
        if (text?.Length > AnswerRing.MaxInlineCharacters)
        {
            Failure error = answer!.Error! with { Detail = "The error's text is too long to be told; the host's log has it." };
            text = Packed.ToText(WireJson.Pack(new Answer { Error = error }));
        }
        ObjectState next = _state.With(new AnswerMark(request.Id, Milliseconds(Now), text, null));
        if (next.Characters <= ObjectState.MaxCharacters)
        {
            _state = next;
        }
        else
        {
            host.Logger.AnswerDropped(_address, request.Id);
        }
    }
}
