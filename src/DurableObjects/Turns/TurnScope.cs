using System.Diagnostics;
using DurableObjects.Diagnostics;
using DurableObjects.Storage;

namespace DurableObjects.Turns;

/// <summary>What a running turn has gathered so far, beside what it wrote.</summary>
internal sealed class TurnScope(Turn turn, bool isReadOnly)
{
    private const int IsRunning = 0;
    private const int IsFinal = 1;
    private const int WasAbandoned = 2;

    /// <summary>What a send takes beside its message, as in <see cref="Limits.SocketSendBytes"/>.</summary>
    private const int SocketSendOverhead = 128;

    private CancellationTokenSource? _abandoned;
    private int _state;
    private List<Signal>? _signals;
    private List<SocketEffect>? _socketEffects;
    private Dictionary<string, List<string>>? _socketIds;
    private long _socketBytes;
    private List<SqlCursor>? _cursors;

    public Turn Turn { get; } = turn;

    /// <summary>What the turn is about, as far as is known by now.</summary>
    public TurnKind Kind { get; set; } = isReadOnly ? TurnKind.Read : TurnKinds.Of(turn);

    /// <summary>The turn's span, if anybody listens; what the handler traces belongs to it.</summary>
    public Activity? Activity { get; set; }

    /// <summary>Why the handler failed, even where the turn itself has an answer for that.</summary>
    public Failure? Failure { get; set; }

    public bool IsReadOnly { get; } = isReadOnly;

    /// <summary>On whose behalf the handler runs; for a retried signal not the one who gave the turn.</summary>
    public Caller Caller { get; set; } = turn.Caller;

    /// <summary>Set while the constructor runs, which may not use its context.</summary>
    public bool IsConstructing { get; set; }

    /// <summary>Set while the object is told of a return, which may not ask for another: that would be told of as well, and so on.</summary>
    public bool IsTellingOfReturn { get; set; }

    /// <summary>Whether the runtime changed tables of its own that must be committed even if the handler changed nothing.</summary>
    public bool RuntimeChanged { get; set; }

    /// <summary>Whether migrations ran, which by themselves do not make an object exist.</summary>
    public bool Migrated { get; set; }

    /// <summary>Set once nothing more may come of the turn, even if the handler caught the error.</summary>
    public DurableObjectException? Dead { get; set; }

    /// <summary>Whether user data changed: the ETag moves.</summary>
    public bool UserDataChanged { get; set; }

    /// <summary>Whether something changed that the object's summary shows: alarm, signals, sockets.</summary>
    public bool SummaryChanged { get; set; }

    /// <summary>Whether the handler (or OnWake) asked for a change at all, as against what the runtime does by itself.</summary>
    public bool HandlerChanged { get; set; }

    /// <summary>Whether the object was ended in this turn and nothing was written since.</summary>
    public bool Ended { get; set; }

    /// <summary>Whether DeleteAll took the schema away, so that the instance must wake again before its next turn.</summary>
    public bool SchemaGone { get; set; }

    public int TransactionDepth { get; set; }

    /// <summary>Signals in the outbox before the turn's first, once that was sent.</summary>
    public int? WaitingBefore { get; set; }

    /// <summary>Whether the turn was abandoned before it became final.</summary>
    public bool IsAbandoned => Volatile.Read(ref _state) == WasAbandoned;

    public CancellationToken Abandoned
    {
        get
        {
            CancellationToken token = (_abandoned ??= new CancellationTokenSource()).Token;
            if (IsAbandoned)
            {
                // Abandoned just as the source was made.
                Cancel();
            }
            return token;
        }
    }

    public IReadOnlyList<Signal> Signals => _signals ?? (IReadOnlyList<Signal>)[];

    public IReadOnlyList<SocketEffect> SocketEffects => _socketEffects ?? (IReadOnlyList<SocketEffect>)[];

    /// <summary>Makes the turn final: it can no longer be abandoned. Throws if it already was.</summary>
    public void Claim()
    {
        if (Interlocked.CompareExchange(ref _state, IsFinal, IsRunning) == WasAbandoned)
        {
            throw new OperationCanceledException("The turn was abandoned.");
        }
    }

    public bool TryAbandon() => Interlocked.CompareExchange(ref _state, WasAbandoned, IsRunning) == IsRunning;

    public void Cancel() => _ = _abandoned?.CancelAsync();

    public void Add(Signal signal) => (_signals ??= []).Add(signal);

    /// <summary>Takes a message to sockets.</summary>
    /// <exception cref="DurableObjectException">The turn would send more than <see cref="Limits.SocketSendBytes"/> (413).</exception>
    public void Add(SocketSend send)
    {
        long bytes = _socketBytes + SocketSendOverhead + send.Target.Length + send.Arguments.Sum(argument => (long)argument.Length);
        if (bytes > Limits.SocketSendBytes)
        {
            throw DurableObjectException.TooLarge("What the turn sends to sockets", bytes, Limits.SocketSendBytes);
        }
        _socketBytes = bytes;
        (_socketEffects ??= []).Add(send);
    }

    public void Add(SocketClose close)
    {
        ChangedSockets();
        (_socketEffects ??= []).Add(close);
    }

    /// <summary>
    /// The sockets with a tag, or all, looked up once for all messages that go to the same: ten thousand ids take a megabyte.
    /// </summary>
    public List<string> SocketIds(string? tag, Func<string?, List<string>> find)
    {
        _socketIds ??= new Dictionary<string, List<string>>(StringComparer.Ordinal);
        // A tag is never empty.
        if (!_socketIds.TryGetValue(tag ?? "", out List<string>? ids))
        {
            _socketIds[tag ?? ""] = ids = find(tag);
        }
        return ids;
    }

    /// <summary>Notes that the object's sockets or their tags have changed.</summary>
    public void ChangedSockets() => _socketIds = null;

    public void Add(SqlCursor cursor) => (_cursors ??= []).Add(cursor);

    /// <summary>Notes that user data changed, which also brings an ended object back.</summary>
    public void ChangedUserData()
    {
        UserDataChanged = true;
        HandlerChanged = true;
        Ended = false;
    }

    /// <summary>Notes a change that the summary shows.</summary>
    public void ChangedSummary()
    {
        SummaryChanged = true;
        HandlerChanged = true;
    }

    /// <summary>Notes a change of the runtime's own that the summary shows.</summary>
    public void ChangedRuntime()
    {
        RuntimeChanged = true;
        SummaryChanged = true;
    }

    /// <summary>What to go back to if a nested transaction rolls back.</summary>
    public Mark SetMark() => new(
        _signals?.Count ?? 0, _socketEffects?.Count ?? 0, _socketBytes, UserDataChanged, SummaryChanged, HandlerChanged, Ended);

    /// <summary>Forgets what was gathered since the mark. SchemaGone stays: it only costs a wake.</summary>
    public void ReturnTo(Mark mark)
    {
        _signals?.RemoveRange(mark.Signals, _signals.Count - mark.Signals);
        _socketEffects?.RemoveRange(mark.SocketEffects, _socketEffects.Count - mark.SocketEffects);
        _socketBytes = mark.SocketBytes;
        ChangedSockets();
        (UserDataChanged, SummaryChanged, HandlerChanged, Ended) =
            (mark.UserDataChanged, mark.SummaryChanged, mark.HandlerChanged, mark.Ended);
    }

    /// <summary>Ends every cursor that the handler left open, so that none reads into a later turn.</summary>
    public void CloseCursors()
    {
        foreach (SqlCursor cursor in _cursors ?? [])
        {
            cursor.Close();
        }
    }

    /// <summary>Ends every open cursor within the turn; a handler that reads on is told so.</summary>
    public void CutOffCursors()
    {
        foreach (SqlCursor cursor in _cursors ?? [])
        {
            cursor.CutOff();
        }
    }

    internal readonly record struct Mark(
        int Signals, int SocketEffects, long SocketBytes, bool UserDataChanged, bool SummaryChanged, bool HandlerChanged, bool Ended);
}
