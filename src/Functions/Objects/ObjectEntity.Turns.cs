using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using DurableObjects.Archive;
using DurableObjects.Functions.Sockets;
using DurableObjects.Functions.Wire;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Functions.Objects;

// A turn: wake, run, keep.
internal sealed partial class ObjectEntity
{
    /// <summary>Characters of the effects of one turn that stand in the state; more are a payload.</summary>
    private const int MaxInlineSend = 300;

    /// <summary>Turns whose socket effects stand in the state by themselves; those of more are put together.</summary>
    private const int MaxSends = 8;

    /// <summary>
    /// Characters that the state may have before its commits move into the archive: what is left is for what an operation adds that
    /// cannot wait for that.
    /// </summary>
    private const int Full = ObjectState.MaxCharacters - 2_500;

    /// <summary>
    /// Gives the object a turn and takes what comes out of it into the state. A handler's error is in the answer; what is thrown says that
    /// nothing of the turn remains, and leaves the state as it was.
    /// </summary>
    private async Task<Answer> RunTurnAsync(Turn turn)
    {
        ObjectActivation activation = await WakeAsync();
        TurnOutcome outcome;
        try
        {
            outcome = await activation.RunAsync(turn);
        }
        catch (Exception error) when (activation.IsBroken)
        {
            return await AbandonAsync(turn, error);
        }
        await TakeAsync(turn, outcome);
        if (_summary.RestoreTo is not null)
        {
            await RestoreAsync();
        }
        return outcome.Answer;
    }

    /// <summary>
    /// A turn broke its activation: it was abandoned, or the database failed. What its failure asks for is done by a fresh one, so that an
    /// alarm or a signal that does this each time is not tried for ever.
    /// </summary>
    private async Task<Answer> AbandonAsync(Turn turn, Exception error)
    {
        host.Logger.ActivationBroken(error, _address);
        _awake!.Discard();
        Failure failure = Failure.From(error);
        ObjectActivation fresh = await WakeAsync();
        AbandonedTurn abandoned = new(turn, failure);
        TurnOutcome kept = await fresh.RunAsync(abandoned);
        await TakeAsync(abandoned, kept);
        // A signal of another object is in the inbox now, so its sender need not keep it any more.
        return turn is SignalTurn { Signal.Sender: not null } && kept.Answer.Error is null
            ? kept.Answer
            : new Answer { Error = failure, Version = _summary.Version };
    }

    private async ValueTask<ObjectActivation> WakeAsync()
    {
        if (_state.IsPurging)
        {
            throw new DurableObjectException(503, ErrorCodes.Unavailable, $"The history of {_address} is being removed.") { Retryable = true };
        }
        if (_awake!.At(_address, _summary, StateHistory.CommitOf(_state.Archive)) is { } awake)
        {
            return awake;
        }
        long since = host.Runtime.Clock.GetTimestamp();
        try
        {
            IReadOnlyList<ArchivedCommit> tail = _state.Tail is { } text ? Segment.ReadAll(Packed.FromText(text)) : [];
            await _awake.File.BringToAsync(_summary.Head, HistoryNow(), CancellationToken.None);
            ObjectSummary summary = _state.AutoResponse is { } automatic
                ? _summary with { AutoResponse = await host.Automatic.ReadAsync(automatic, CancellationToken.None) }
                : _summary;
            // A return that could not be carried out when it was asked for comes before everything else.
            if (summary.RestoreTo is not null)
            {
                _awake.Tail.Clear();
                _awake.Tail.AddRange(tail);
                return await ReturnAsync(summary, tail, since);
            }
            return _awake.Open(host.Runtime, _address, summary, _awake.Past, tail, since);
        }
        catch (InvalidDataException error)
        {
            _awake.Discard();
            throw new DurableObjectException(
                500, ErrorCodes.Corrupt, $"The history of {_address} is damaged: {error.Message}", error);
        }
        catch (Exception error) when (error is not DurableObjectException)
        {
            _awake.Discard();
            throw new DurableObjectException(
                503, ErrorCodes.Unavailable, $"The database of {_address} could not be brought to its head: {error.Message}", error)
            { Retryable = true };
        }
    }

    /// <summary>Takes what came out of a turn: its commit, and what it wants done.</summary>
    private async ValueTask TakeAsync(Turn turn, TurnOutcome outcome)
    {
        ObjectState next = _state;
        try
        {
            if (outcome.Commit is { } commit)
            {
                next = await KeepAsync(next, commit);
            }
            if (outcome.Signals.Count > 0 && turn is not DrainTurn)
            {
                OutboxMark mark = next.Outbox ?? new OutboxMark(0, 0, 0);
                next = next with { Outbox = mark with { Last = Math.Max(mark.Last, outcome.Signals[^1].Sequence) } };
            }
            next = await KeepAsync(next, RelayEffects.Of(turn, outcome));
            if (outcome.Summary.Exists && !next.IsListed)
            {
                // Before the state, so that no object is missing; one that does not come to exist after all is told by its state.
                await host.Catalogue.AddAsync(_address, CancellationToken.None);
                next = next with { IsListed = true };
            }
        }
        catch (Exception error)
        {
            // The database has what the state will never have.
            _awake!.Discard();
            throw new DurableObjectException(
                503, ErrorCodes.CommitFailed, $"The turn's commit did not become durable: {error.Message}", error)
            { Retryable = true, RetryAfter = TimeSpan.FromSeconds(1) };
        }
        _state = next;
        _summary = outcome.Summary;
    }

    /// <summary>The state with one more commit: in its tail, or, if there is no room for it, the whole tail in the archive.</summary>
    private async ValueTask<ObjectState> KeepAsync(ObjectState state, Commit commit)
    {
        List<ArchivedCommit> tail = _awake!.Tail;
        tail.Add(new ArchivedCommit(
            commit.Head.Commit, commit.Previous.Hash, commit.Summary.CommittedAt, commit.Summary.Exists, commit.IsWhole, commit.Pages));
        (ObjectSummary summary, string? automatic) = await ShortenAsync(state, commit.Summary);
        PieceName? predecessor = state.Archive is { } mark ? StateHistory.NameOf(mark, _address.ClassName, _address.Id) : null;
        (PieceName name, MemoryStream content) = Segment.Write(_address, predecessor, tail, summary);
        using (content)
        {
            ObjectState next = (state with { Tail = null, AutoResponse = automatic }).With(summary);
            string text = content.Length <= ObjectState.MaxCharacters ? Packed.ToText(content.GetBuffer().AsSpan(0, (int)content.Length)) : "";
            if (text.Length > 0 && next.Characters + text.Length <= Full)
            {
                return next with { Tail = text };
            }
            // Written again if it is there already: a batch that is repeated makes the same piece, and the sweep must see that it is new.
            await host.Archive.WriteAsync(name, content, CancellationToken.None);
            await host.Archive.FlushAsync(CancellationToken.None);
            tail.Clear();
            return next with
            {
                Archive = MarkOf(name, commit.Head),
            };
        }
    }

    /// <summary>Moves the commits into the archive, if with what else has come into the state it is full.</summary>
    private async ValueTask FitAsync()
    {
        if (_state.Tail is not { } tail || _state.Characters <= Full)
        {
            return;
        }
        byte[] content = Packed.FromText(tail);
        ulong hash = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(content));
        Head head = _summary.Head;
        PieceName name = new(
            _address.ClassName, _address.Id, StateHistory.CommitOf(_state.Archive), head.Commit, hash, PieceKind.Segment);
        using MemoryStream stream = new(content);
        await host.Archive.WriteAsync(name, stream, CancellationToken.None);
        await host.Archive.FlushAsync(CancellationToken.None);
        _awake!.Tail.Clear();
        _state = _state with { Tail = null, Archive = MarkOf(name, head) };
    }

    private static ArchiveMark MarkOf(PieceName name, Head head) =>
        new(name.FileName, head.Hash.ToString("x32", CultureInfo.InvariantCulture));

    /// <summary>A long automatic answer stands beside the state.</summary>
    private async ValueTask<(ObjectSummary Summary, string? Automatic)> ShortenAsync(ObjectState state, ObjectSummary summary)
    {
        if (summary.AutoResponse is not { } response
            || response.Request.Length + response.Response.Length <= AutoResponseBlobs.InlineCharacters)
        {
            return (summary, null);
        }
        ObjectSummary shortened = summary with { AutoResponse = null };
        return state.AutoResponse is { } known && known == AutoResponseBlobs.ReferenceOf(_address.ClassName, _address.Id, response)
            ? (shortened, known)
            : (shortened, await host.Automatic.WriteAsync(_address.ClassName, _address.Id, response, CancellationToken.None));
    }

    /// <summary>The state with a turn's socket effects, which the relay carries out once they are committed.</summary>
    private async ValueTask<ObjectState> KeepAsync(ObjectState state, IReadOnlyList<RelayEffect> effects)
    {
        if (effects.Count == 0)
        {
            return state;
        }
        IReadOnlyList<SendMark> waiting = state.Sends ?? [];
        if (waiting.Count >= MaxSends)
        {
            // All of them are of this batch, so none is on its way yet.
            List<RelayEffect> together = [];
            foreach (SendMark one in waiting)
            {
                together.AddRange(SocketEffectCodec.Decode(one.Inline is { } known
                    ? Packed.FromText(known)
                    : await host.Payloads.ReadAsync(one.Payload ?? "", CancellationToken.None)));
            }
            effects = [.. together, .. effects];
            waiting = [];
        }
        byte[] encoded = SocketEffectCodec.Encode(effects);
        string text = Packed.ToText(encoded);
        long sequence = state.LastSend + 1;
        SendMark mark = text.Length <= MaxInlineSend
            ? new SendMark(sequence, text, null)
            : new SendMark(sequence, null, await host.Payloads.WriteAsync(_address.ClassName, _address.Id, encoded, CancellationToken.None));
        return state with { Sends = [.. waiting, mark], LastSend = sequence };
    }

    /// <summary>Returns the object to the commit that its last turn asked for.</summary>
    private async ValueTask RestoreAsync()
    {
        long since = host.Runtime.Clock.GetTimestamp();
        IReadOnlyList<ArchivedCommit> tail = [.. _awake!.Tail];
        ObjectSummary summary = _summary;
        _awake.Close();
        await _awake.File.BringToAsync(summary.Head, HistoryNow(), CancellationToken.None);
        await ReturnAsync(summary, tail, since);
    }

    private async ValueTask<ObjectActivation> ReturnAsync(ObjectSummary summary, IReadOnlyList<ArchivedCommit> tail, long since)
    {
        IObjectHistory history = HistoryNow()!;
        string path = _awake!.File.Path;
        _awake.File.Opened();
        TurnOutcome outcome;
        try
        {
            outcome = await host.Runtime.RestoreAsync(_address, path, summary, history, CancellationToken.None);
        }
        catch (Exception error) when (error is InvalidDataException or DurableObjectException)
        {
            host.Logger.RestoreFailed(error, _address, summary.RestoreTo ?? 0);
            await _awake.File.BringToAsync(summary.Head, history, CancellationToken.None);
            ObjectActivation unchanged = _awake.Open(host.Runtime, _address, summary, _awake.Past, tail, since);
            RestoreFailedTurn failed = new(error.Message) { Caller = Caller.Runtime };
            await TakeAsync(failed, await unchanged.RunAsync(failed));
            return unchanged;
        }
        RestoreTurn turn = new(default);
        await TakeAsync(turn, outcome);
        tail = [.. _awake.Tail];
        return _awake.Open(host.Runtime, _address, outcome.Summary, _awake.Past, tail, since);
    }

    private IObjectHistory? HistoryNow() => StateHistory.Of(_state, _address.ClassName, _address.Id, host.Archive);
}
