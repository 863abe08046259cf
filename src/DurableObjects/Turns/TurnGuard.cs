namespace DurableObjects.Turns;

/// <summary>
/// Stands between an instance and what its context gives it. Every use passes here: it must come from the running turn, one
/// thread at a time, and not after the turn was abandoned.
/// </summary>
internal sealed class TurnGuard
{
    /// <summary>
    /// Which turn the calling code belongs to. It flows with async code wherever that goes, so work that outlives its turn is
    /// told from the turn that runs by then.
    /// </summary>
    private static readonly AsyncLocal<TurnScope?> Ambient = new();

    private readonly Lock _lock = new();
    private TurnScope? _current;
    private DurableObjectException? _revoked;

    /// <summary>The running turn, if the caller belongs to it.</summary>
    /// <exception cref="DurableObjectException">It does not, or the context was revoked.</exception>
    public TurnScope Current => Check();

    /// <summary>Starts a turn on this thread's flow of execution.</summary>
    public void Begin(TurnScope scope)
    {
        Ambient.Value = scope;
        _current = scope;
    }

    /// <summary>Ends the running turn: what it still holds of the context stops working.</summary>
    public void End()
    {
        lock (_lock)
        {
            _current = null;
        }
    }

    /// <summary>Enters for one operation. Two threads of one turn wait for each other here; a revoked one is refused.</summary>
    public Entry Enter()
    {
        _lock.Enter();
        try
        {
            return new Entry(_lock, Check());
        }
        catch
        {
            _lock.Exit();
            throw;
        }
    }

    /// <summary>Enters for an operation that writes or asks for an effect.</summary>
    public Entry EnterToChange(string what)
    {
        Entry entry = Enter();
        if (!entry.Scope.IsReadOnly)
        {
            return entry;
        }
        entry.Dispose();
        throw new DurableObjectException(
            500, ErrorCodes.ReadOnly, $"{what} is not allowed in a method marked read-only.");
    }

    /// <summary>
    /// Makes every later use throw and waits until the running one, if any, has ended; SQL that runs meanwhile is interrupted.
    /// </summary>
    public void Revoke(DurableObjectException reason, Action interrupt)
    {
        Volatile.Write(ref _revoked, reason);
        const int InterruptEveryMilliseconds = 5;
        while (!_lock.TryEnter(TimeSpan.FromMilliseconds(InterruptEveryMilliseconds)))
        {
            interrupt();
        }
        _current = null;
        _lock.Exit();
    }

    private TurnScope Check()
    {
        if (Volatile.Read(ref _revoked) is { } reason)
        {
            throw new DurableObjectException(reason.Status, ErrorCodes.ContextRevoked, $"The turn is over: {reason.Message}", reason);
        }
        TurnScope? current = _current;
        if (current is null || current.IsConstructing || !ReferenceEquals(Ambient.Value, current))
        {
            throw DurableObjectException.Misuse(
                "An object's context works only within its own turns: not in the constructor, and not in work that outlives its turn.");
        }
        return current.Dead is { } dead ? throw dead : current;
    }

    internal readonly ref struct Entry(Lock held, TurnScope scope)
    {
        public TurnScope Scope { get; } = scope;

        public void Dispose() => held.Exit();
    }
}
