using System.Diagnostics;
using DurableObjects.Turns;

namespace DurableObjects.Diagnostics;

/// <summary>
/// Takes note of what happens to the objects of one class. Every method may be called from any thread, takes some tens of
/// nanoseconds, locks nothing and allocates nothing, unless somebody listens to the meter or the traces.
/// </summary>
public sealed class ClassDiagnostics
{
    private const string ErrorType = "error.type";

    private readonly ActivitySource _activities;
    private readonly ObjectInstruments _instruments;
    private readonly string _class;
    private readonly KeyValuePair<string, object?> _classTag;
    private readonly ErrorCounters _errors = new();
    private readonly long[] _turns = new long[TurnKinds.Names.Count];
    private readonly DurationHistogram _turnTime = new();
    private readonly DurationHistogram _mailboxTime = new();
    private readonly DurationHistogram _commitTime = new();
    private readonly DurationHistogram _coldStartTime = new();
    private readonly DurationHistogram _alarmDelay = new();
    private long _commits;
    private long _frames;
    private long _bytes;
    private long _fsyncs;
    private long _lastFlush = -1;
    private long _wakes;

    internal ClassDiagnostics(string className, ActivitySource activities, ObjectInstruments instruments)
    {
        _class = className;
        _activities = activities;
        _instruments = instruments;
        _classTag = new KeyValuePair<string, object?>("class", className);
    }

    /// <summary>A turn has left its object's mailbox.</summary>
    /// <param name="waited">How long it was there.</param>
    public void LeftMailbox(TimeSpan waited)
    {
        _mailboxTime.Record(waited);
        if (_instruments.MailboxDuration.Enabled)
        {
            _instruments.MailboxDuration.Record(waited.TotalSeconds, _classTag);
        }
    }

    /// <summary>A commit has become durable. For one object class from one thread at a time.</summary>
    /// <param name="elapsed">How long after it was given to the host's store.</param>
    /// <param name="flush">Any number that is another for each flush of the disk.</param>
    public void BecameDurable(TimeSpan elapsed, long flush)
    {
        _commitTime.Record(elapsed);
        if (_lastFlush != flush)
        {
            _lastFlush = flush;
            Interlocked.Increment(ref _fsyncs);
        }
        if (_instruments.CommitDuration.Enabled)
        {
            _instruments.CommitDuration.Record(elapsed.TotalSeconds, _classTag);
        }
    }

    /// <summary>A turn came to nothing in the host: it was refused, or its commit did not become durable.</summary>
    /// <param name="code">The code that its caller gets.</param>
    public void Failed(string code)
    {
        code = _errors.Add(code);
        if (_instruments.Errors.Enabled)
        {
            _instruments.Errors.Add(1, _classTag, new KeyValuePair<string, object?>(ErrorType, code));
        }
    }

    /// <summary>All that was taken note of.</summary>
    public ClassFigures Read()
    {
        Dictionary<string, long> turns = [];
        for (int kind = 0; kind < _turns.Length; kind++)
        {
            turns.Add(TurnKinds.Names[kind], Volatile.Read(ref _turns[kind]));
        }
        IReadOnlyDictionary<string, long> errors = _errors.Read();
        return new ClassFigures(_class)
        {
            Turns = turns.Values.Sum(),
            TurnsByKind = turns,
            Errors = errors.Values.Sum(),
            ErrorsByCode = errors,
            TurnSeconds = _turnTime.Read(),
            MailboxSeconds = _mailboxTime.Read(),
            CommitSeconds = _commitTime.Read(),
            Commits = Volatile.Read(ref _commits),
            Frames = Volatile.Read(ref _frames),
            Bytes = Volatile.Read(ref _bytes),
            Fsyncs = Volatile.Read(ref _fsyncs),
            Wakes = Volatile.Read(ref _wakes),
            ColdStartSeconds = _coldStartTime.Read(),
            AlarmLateSeconds = _alarmDelay.Read(),
        };
    }

    /// <summary>Starts a turn's span, if anybody listens.</summary>
    internal Activity? Start(Turn turn, TurnKind kind, ObjectAddress address)
    {
        if (!_activities.HasListeners())
        {
            return null;
        }
        string? method = turn switch
        {
            CallTurn call => call.Method,
            SignalTurn signal => signal.Signal.Method,
            _ => null,
        };
        string? parent = turn.TraceParent ?? (turn as SignalTurn)?.Signal.TraceParent;
        // A caller's header that is none starts a trace of its own, as W3C Trace Context has it.
        ActivityContext.TryParse(parent, traceState: null, isRemote: true, out ActivityContext context);
        // Whatever happens to run on this thread is not the turn's parent.
        Activity.Current = null;
        Activity? activity = _activities.StartActivity(
            $"{_class}/{method ?? TurnKinds.Names[(int)kind]}", ActivityKind.Internal, context);
        activity?.SetTag("durable_objects.class", _class).SetTag("durable_objects.id", address.Id.ToString());
        if (method is not null)
        {
            activity?.SetTag("durable_objects.method", method);
        }
        return activity;
    }

    /// <summary>A turn has ended.</summary>
    internal void Ended(Activity? activity, TurnKind kind, TimeSpan duration, Failure? failure)
    {
        string kindName = TurnKinds.Names[(int)kind];
        Interlocked.Increment(ref _turns[(int)kind]);
        _turnTime.Record(duration);
        string? code = failure is null ? null : _errors.Add(failure.Code);
        if (_instruments.TurnDuration.Enabled)
        {
            KeyValuePair<string, object?> kindTag = new("kind", kindName);
            if (code is null)
            {
                _instruments.TurnDuration.Record(duration.TotalSeconds, _classTag, kindTag);
            }
            else
            {
                KeyValuePair<string, object?> errorTag = new(ErrorType, code);
                _instruments.TurnDuration.Record(duration.TotalSeconds, _classTag, kindTag, errorTag);
                _instruments.Errors.Add(1, _classTag, errorTag);
            }
        }
        if (activity is not null)
        {
            End(activity, kindName, failure);
        }
    }

    /// <summary>A turn's commit is in SQLite's log, and on its way to the host.</summary>
    internal void Committed(int frames, int bytes)
    {
        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _frames, frames);
        Interlocked.Add(ref _bytes, bytes);
        if (_instruments.Size.Enabled)
        {
            _instruments.Frames.Add(frames, _classTag);
            _instruments.Size.Add(bytes, _classTag);
        }
    }

    /// <summary>An instance is awake.</summary>
    /// <param name="cold">How long that took, if it came from outside of memory.</param>
    internal void Woke(TimeSpan? cold)
    {
        Interlocked.Increment(ref _wakes);
        _instruments.Wakes.Add(1, _classTag);
        if (cold is { } took)
        {
            _coldStartTime.Record(took);
            _instruments.ColdStartDuration.Record(took.TotalSeconds, _classTag);
        }
    }

    /// <summary>The alarm rings.</summary>
    internal void Rang(TimeSpan late)
    {
        _alarmDelay.Record(late);
        _instruments.AlarmDelay.Record(late.TotalSeconds, _classTag);
    }

    private static void End(Activity activity, string kind, Failure? failure)
    {
        activity.SetTag("durable_objects.kind", kind);
        if (failure is not null)
        {
            activity.SetTag(ErrorType, failure.Code);
            // An object's refusal is an answer like any other.
            if (failure.Status >= 500)
            {
                activity.SetStatus(ActivityStatusCode.Error, failure.Code);
            }
        }
        activity.Dispose();
    }
}
