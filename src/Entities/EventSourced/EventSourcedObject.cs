using System.Text;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The base of an object whose truth is what happened: events are appended in SQL and never changed, states are folded from them, and what
/// is read lies in projections, which are tables that the same turn fills. All of it is one transaction, so none is ever behind another.
/// </summary>
/// <remarks>
/// <para>
/// A state belongs to a stream: a class about one thing has one, without a name; one about many, such as accounts of a ledger, has one for
/// each, so that a state stays small however many there are. A state is folded when it is first asked for, from the stream's snapshot and
/// the events since, and kept in memory until the instance goes. Read-only methods run on an instance of their own each time: they had
/// better read projections.
/// </para>
/// <para>
/// The base has the tables <c>event</c>, <c>snapshot</c>, <c>projection</c> and <c>projection_table</c>, the alarm, and the first entry
/// of <see cref="DurableObject.Migrations"/>; append to <c>base.Migrations</c>. An override of <see cref="OnWake"/> calls the base's. For
/// a time of your own use <see cref="SetTimer"/> and <see cref="OnTimer"/> in place of the alarm.
/// </para>
/// </remarks>
/// <typeparam name="TState">A stream's state, as JSON of at most <see cref="EventSourcing.StateBytes"/>. Immutable.</typeparam>
/// <typeparam name="TEvent">What the events derive from. They survive a round trip through JSON (<see cref="ObjectJson"/>).</typeparam>
public abstract class EventSourcedObject<TState, TEvent>(ObjectContext context) : DurableObject(context), IEventSourced
    where TState : class
    where TEvent : class
{
    private const string EventsSql =
        "SELECT position, stream, type, version, at, data FROM event WHERE position > ? ORDER BY position LIMIT ?";

    private const string StreamSql =
        "SELECT position, stream, type, version, at, data FROM event WHERE stream = ? AND position > ? ORDER BY position LIMIT ?";

    private readonly Dictionary<string, Folded> _folded = new(StringComparer.Ordinal);
    private long? _projectingInto;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        $"""
        CREATE TABLE event(
            position INTEGER PRIMARY KEY, stream TEXT NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL, at TEXT NOT NULL,
            data TEXT NOT NULL);
        CREATE INDEX event_by_stream ON event(stream);
        CREATE TABLE snapshot(
            stream TEXT PRIMARY KEY, position INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE projection(
            id INTEGER PRIMARY KEY CHECK (id = 1), live INTEGER, building INTEGER, position INTEGER NOT NULL, timer INTEGER);
        INSERT INTO projection(id, live, position) VALUES (1, 0, 0);
        CREATE TABLE projection_table(
            generation INTEGER, name TEXT, shape TEXT NOT NULL, PRIMARY KEY (generation, name)) WITHOUT ROWID;
        {string.Join(";\n", Projections.Select(FirstGenerationSql))}
        """,
    ];

    /// <summary>The class's events. Build it once, into a static field: it is asked for at each event.</summary>
    protected abstract EventTypes<TEvent> Types { get; }

    /// <summary>The state of a stream without events.</summary>
    protected abstract TState Initial { get; }

    /// <summary>
    /// Counts up when a state is folded in another way than before, or has another shape: snapshots of another version are not used, and
    /// each stream is folded from its first event when its state is next asked for.
    /// </summary>
    protected virtual int StateVersion => 1;

    /// <summary>After how many events of a stream its state is stored anew. Folding reads at most so many.</summary>
    protected virtual int SnapshotEvery => 100;

    /// <summary>The tables that <see cref="Project"/> fills.</summary>
    protected virtual IReadOnlyList<Projection> Projections => [];

    /// <summary>Events of one step of a rebuild; see <see cref="EventSourcing.RebuildEvents"/>.</summary>
    protected virtual int RebuildEvents => EventSourcing.RebuildEvents;

    /// <summary>The state of the stream without a name.</summary>
    protected TState State => StateOf("");

    /// <summary>The version of the stream without a name.</summary>
    protected long Version => VersionOf("");

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<StoredEvent>> Events(
        long after = 0, int limit = 100, string? stream = null, DateTimeOffset? afterAt = null)
    {
        Argument.Within(limit, "limit", 1, EventSourcing.PageEvents);
        CheckStream(stream ?? "");
        if (afterAt is not null && after < 1)
        {
            throw Argument.Invalid($"'afterAt' is the time of the event at 'after', which is {after}; the first event is 1.");
        }
        if (FirstMissing() is not null)
        {
            throw EventSourcing.NotYet(
                EventSourcing.EventsIncomplete, "Older data is still being turned into events; what came since is in order.");
        }
        if (afterAt is { } at)
        {
            CheckHistory(after, at);
        }
        SqlCursor rows = stream is null
            ? Storage.Sql.Exec(EventsSql, after, limit)
            : Storage.Sql.Exec(StreamSql, stream, after, limit);
        return Task.FromResult<IReadOnlyList<StoredEvent>>([.. Bounded(rows).Select(Types.Show)]);
    }

    /// <inheritdoc/>
    public Task<ProjectionStatus> RebuildProjections()
    {
        if (!Context.Caller.IsInRole(Caller.Administrator))
        {
            throw new DurableObjectException(403, ErrorCodes.Forbidden, "Only administrators have projections made anew.");
        }
        if (Projections.Count > 0 && Meta().Building is null)
        {
            BeginRebuild();
            Work();
        }
        SetAlarm();
        return Task.FromResult(Status());
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<ProjectionStatus> Projected() => Task.FromResult(Status());

    /// <summary>
    /// Has the projections made anew if the class says other ones than the object has: at once where the events are few, else by alarm.
    /// Where that fails, it fails the alarm's turns and no others. An override calls this.
    /// </summary>
    protected override ValueTask OnWake()
    {
        if (!HasShape(Meta().Building ?? Meta().Live))
        {
            Storage.Sql.Exec("UPDATE projection SET live = NULL");
            BeginRebuild();
            try
            {
                Storage.Transaction(Work);
            }
            catch (Exception error) when (!Context.CancellationToken.IsCancellationRequested)
            {
                // The turn wants something else; the alarm repeats it, and reports what it fails of.
                Context.Logger.RebuildFailed(error, Context.Address);
            }
            SetAlarm();
        }
        // The runtime drops an alarm that failed too often; what is to be done is still to be done.
        if (Storage.GetAlarm() is null && (HasWork() || Meta().Timer is not null))
        {
            SetAlarm();
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected sealed override async ValueTask OnAlarm(AlarmInfo alarm)
    {
        if (Meta().Timer is { } timer && timer <= Context.Now.ToUnixTimeMilliseconds())
        {
            Storage.Sql.Exec("UPDATE projection SET timer = NULL");
            await OnTimer(alarm);
        }
        else
        {
            Work();
        }
        SetAlarm();
    }

    /// <summary>
    /// Runs when the timer is due, which has been cleared; set the next one here. It is the alarm's handler in every other respect: what
    /// it throws is retried after 2 s, 4 s, 8 s … six times, and holds up a rebuild until then; later, when the object next wakes.
    /// </summary>
    protected virtual ValueTask OnTimer(AlarmInfo alarm) => throw new InvalidOperationException(
        $"{GetType().Name} set a timer but does not override {nameof(OnTimer)}.");

    /// <summary>
    /// Sets the time for <see cref="OnTimer"/>, in place of the one before; null for none. Never early, to the millisecond.
    /// </summary>
    protected void SetTimer(DateTimeOffset? at)
    {
        long? due = at?.ToUnixTimeMilliseconds() + (at?.Ticks % TimeSpan.TicksPerMillisecond > 0 ? 1 : 0);
        Storage.Sql.Exec("UPDATE projection SET timer = ?", due);
        SetAlarm();
    }

    /// <summary>A stream's state after an event. Nothing but the two may matter, since events are folded again and again.</summary>
    protected abstract TState Apply(TState state, TEvent @event);

    /// <summary>
    /// Enters an event in the projections, through <see cref="Table"/>. Nothing but the event and the projections may matter. It is called
    /// once for each event in each generation, in order.
    /// </summary>
    protected virtual void Project(RecordedEvent<TEvent> recorded)
    {
    }

    /// <summary>
    /// Makes events of data that is older than the log: those before a position, newest first, in a bounded number. It is called in steps
    /// by alarm as long as the first event's position is above 1.
    /// </summary>
    protected virtual void Import(long before) =>
        throw new InvalidOperationException($"The events of {GetType().Name} begin above 1 and it does not override {nameof(Import)}.");

    /// <summary>
    /// The name of a projection's table: in <see cref="Project"/> the one to write to, elsewhere the one to read.
    /// </summary>
    /// <exception cref="DurableObjectException">It is being made anew because the class has changed (503).</exception>
    protected string Table(string projection)
    {
        Projection found = Projections.FirstOrDefault(one => one.Name == projection)
            ?? throw new ArgumentException($"There is no projection '{projection}'.", nameof(projection));
        // On a reader nobody has compared shapes before.
        long? generation = _projectingInto ?? (Meta().Live is { } live && HasShape(live) ? live : null);
        return generation is { } one ? found.TableOf(one) : throw EventSourcing.NotYet(
            EventSourcing.ProjectionsRebuilding, "What is read from here is being made anew, because the object's class has changed.");
    }

    /// <summary>A stream's state.</summary>
    protected TState StateOf(string stream) => Fold(stream).State;

    /// <summary>A stream's version: the position of its newest event, 0 without one.</summary>
    protected long VersionOf(string stream) => Fold(stream).Position;

    /// <summary>
    /// Says that something has happened: stores it, applies it to the stream's state and enters it in the projections, or does nothing
    /// of it if it throws. Check before whether it may happen; an exception afterwards undoes it with the turn.
    /// </summary>
    /// <param name="event">What happened, of one of <see cref="Types"/>; at most <see cref="EventSourcing.EventBytes"/> as JSON.</param>
    /// <param name="stream">What it is about: at most <see cref="EventSourcing.StreamCharacters"/> characters.</param>
    /// <param name="expectedVersion">The version that the stream must have, if the caller has decided by one; null for any.</param>
    /// <exception cref="DurableObjectException">
    /// The stream has another version (409 <c>version-conflict</c>), its state would be too large (409 <c>state-too-large</c>), or an
    /// argument is outside its limits (400).
    /// </exception>
    protected RecordedEvent<TEvent> Append(TEvent @event, string stream = "", long? expectedVersion = null)
    {
        ArgumentNullException.ThrowIfNull(@event);
        CheckStream(stream);
        Folded folded = Fold(stream);
        if (expectedVersion is { } expected && expected != folded.Position)
        {
            throw new DurableObjectException(
                409, EventSourcing.VersionConflict,
                $"{(stream.Length > 0 ? $"'{stream}'" : "The object")} is at version {folded.Position}; expected was {expected}.");
        }
        return Storage.Transaction(() => Add(@event, stream, folded));
    }

    private static string FirstGenerationSql(Projection one) =>
        $"""
        {one.SqlOf(0).TrimEnd().TrimEnd(';')};
        INSERT INTO projection_table VALUES (0, {Quoted(one.TableOf(0))}, {Quoted(one.Shape)})
        """;

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static void CheckStream(string stream)
    {
        if (stream.Length > EventSourcing.StreamCharacters)
        {
            throw Argument.Invalid($"'stream' has {stream.Length:N0} characters; the limit is {EventSourcing.StreamCharacters}.");
        }
    }

    private static IEnumerable<EventRow> Bounded(SqlCursor rows)
    {
        long bytes = 0;
        foreach (EventRow row in rows.As<EventRow>())
        {
            bool isFirst = bytes == 0;
            bytes += Encoding.UTF8.GetByteCount(row.Data);
            if (bytes > EventSourcing.PageBytes && !isFirst)
            {
                yield break;
            }
            yield return row;
        }
    }

    private MetaRow Meta() =>
        Storage.Sql.Exec("SELECT live, building, position, timer FROM projection").As<MetaRow>().Single();

    /// <summary>
    /// Refuses to go on after an event that is not there any more. Its time tells it from one that took its position after a return,
    /// which happened later.
    /// </summary>
    private void CheckHistory(long position, DateTimeOffset at)
    {
        DateTimeOffset? found = Storage.Sql.Exec("SELECT at FROM event WHERE position = ?", position).FirstOrDefault()
            ?.Get<DateTimeOffset>(0);
        if (found != at)
        {
            throw new DurableObjectException(
                409, EventSourcing.HistoryChanged,
                (found is { } other ? $"Event {position} is of {other:O}, not {at:O}" : $"There is no event {position}")
                + ": the object was returned to an earlier state since, or 'afterAt' is not as it came. Go on after the newest of your "
                + "events that it still has.");
        }
    }

    /// <summary>The newest position before the first event, where nothing is yet; null if the log begins at 1.</summary>
    private long? FirstMissing() =>
        Storage.Sql.Exec("SELECT min(position) - 1 FROM event").One().Get<long?>(0) is > 0 and { } missing ? missing : null;

    private long LastEvent() => Storage.Sql.Exec("SELECT max(position) FROM event").One().Get<long>(0);

    private ProjectionStatus Status()
    {
        MetaRow meta = Meta();
        long last = LastEvent();
        bool isReadable = meta.Live is { } live && HasShape(live);
        bool isRebuilding = meta.Building is not null || !isReadable;
        return new ProjectionStatus(last, isRebuilding ? meta.Position : last, isRebuilding, isReadable);
    }

    private RecordedEvent<TEvent> Add(TEvent @event, string stream, Folded folded)
    {
        (string type, int version) = Types.Of(@event);
        DateTimeOffset now = Context.Now;
        long position = Storage.Sql.Exec(
            "INSERT INTO event(stream, type, version, at, data) VALUES (?, ?, ?, ?, ?) RETURNING position",
            stream, type, version, now, Argument.Json<object>(@event, "event", EventSourcing.EventBytes)).One().Get<long>(0);
        RecordedEvent<TEvent> recorded = new(position, stream, now, @event);
        Folded next = new(Apply(folded.State, @event), position, position, folded.SinceSnapshot + 1);
        Keep(stream, next.SinceSnapshot >= SnapshotEvery ? Snapshot(stream, next) : next);
        if (Projections.Count > 0 && Meta().Live is { } live)
        {
            ProjectInto(live, [recorded]);
        }
        return recorded;
    }

    private Folded Fold(string stream)
    {
        long newest = Storage.Sql.Exec("SELECT max(position) FROM event WHERE stream = ?", stream).One().Get<long>(0);
        // What is in memory may be of a transaction within the turn that was undone.
        if (_folded.TryGetValue(stream, out Folded? known) && known.NewestEvent == newest)
        {
            return known;
        }
        (TState state, long position) = (Initial, 0);
        SqlRow? snapshot =
            Storage.Sql.Exec("SELECT state, position, version FROM snapshot WHERE stream = ?", stream).FirstOrDefault();
        if (snapshot is not null && snapshot.Get<int>(2) == StateVersion)
        {
            state = JsonSerializer.Deserialize<TState>(snapshot.Get<string>(0)!, ObjectJson.Options)!;
            position = snapshot.Get<long>(1);
        }
        else if (snapshot is not null && FirstMissing() is not null)
        {
            throw EventSourcing.NotYet(
                EventSourcing.EventsIncomplete, "Older data is still being turned into the events that the state is folded from.");
        }
        int count = 0;
        foreach (EventRow row in Storage.Sql.Exec(StreamSql, stream, position, -1).As<EventRow>())
        {
            state = Apply(state, Types.Read(row));
            count++;
        }
        return Keep(stream, new Folded(state, Math.Max(newest, position), newest, count));
    }

    private Folded Keep(string stream, Folded folded)
    {
        if (_folded.Count >= EventSourcing.StreamsInMemory && !_folded.ContainsKey(stream))
        {
            _folded.Clear();
        }
        return _folded[stream] = folded;
    }

    private Folded Snapshot(string stream, Folded folded)
    {
        string json = JsonSerializer.Serialize(folded.State, ObjectJson.Options);
        int bytes = Encoding.UTF8.GetByteCount(json);
        if (bytes > EventSourcing.StateBytes)
        {
            throw new DurableObjectException(
                409, EventSourcing.StateTooLarge,
                $"The state has {bytes:N0} bytes as JSON; the limit is {EventSourcing.StateBytes:N0} bytes.");
        }
        Storage.Sql.Exec(
            "INSERT OR REPLACE INTO snapshot(stream, position, version, state) VALUES (?, ?, ?, ?)",
            stream, folded.Position, StateVersion, json);
        return folded with { SinceSnapshot = 0 };
    }

    private bool HasShape(long? generation) =>
        Storage.Sql.Exec("SELECT name, shape FROM projection_table WHERE generation = ?", generation ?? -1)
            .Select(row => (row.Get<string>(0)!, row.Get<string>(1)!)).ToHashSet()
            .SetEquals(Projections.Select(one => (one.TableOf(generation ?? -1), one.Shape)));

    private bool HasWork() => Meta().Building is not null || FirstMissing() is not null;

    private void SetAlarm()
    {
        DateTimeOffset? timer = Meta().Timer is { } due ? DateTimeOffset.FromUnixTimeMilliseconds(due) : null;
        if (HasWork())
        {
            Storage.SetAlarm(timer < Context.Now ? timer.Value : Context.Now);
        }
        else if (timer is { } at)
        {
            Storage.SetAlarm(at);
        }
        else
        {
            Storage.DeleteAlarm();
        }
    }

    private void BeginRebuild()
    {
        // A rebuild that was under way, of projections which the class had then, is given up.
        DropAllBut(Meta().Live);
        long generation = (Storage.Sql.Exec("SELECT max(generation) FROM projection_table").One().Get<long?>(0) ?? 0) + 1;
        foreach (Projection one in Projections)
        {
            Storage.Sql.Exec(one.SqlOf(generation));
            Storage.Sql.Exec("INSERT INTO projection_table VALUES (?, ?, ?)", generation, one.TableOf(generation), one.Shape);
        }
        Storage.Sql.Exec("UPDATE projection SET building = ?, position = 0", generation);
    }

    /// <summary>A step of what is to be done: older data first, since projections are made of all events.</summary>
    private void Work()
    {
        if (FirstMissing() is { } missing)
        {
            Import(missing + 1);
            if (FirstMissing() is { } still && still >= missing)
            {
                throw new InvalidOperationException($"{GetType().Name}.{nameof(Import)} brought no event of those up to {missing}.");
            }
        }
        else if (Meta() is { Building: { } generation } meta)
        {
            long position = meta.Position;
            ProjectInto(generation, Bounded(Storage.Sql.Exec(EventsSql, position, RebuildEvents)).Select(row =>
            {
                position = row.Position;
                return new RecordedEvent<TEvent>(row.Position, row.Stream, row.At, Types.Read(row));
            }));
            bool isDone = position == LastEvent();
            Storage.Sql.Exec(
                "UPDATE projection SET position = ?, live = ?, building = ?",
                position, isDone ? generation : meta.Live, isDone ? null : generation);
            if (isDone)
            {
                DropAllBut(generation);
            }
        }
    }

    private void ProjectInto(long generation, IEnumerable<RecordedEvent<TEvent>> events)
    {
        _projectingInto = generation;
        try
        {
            foreach (RecordedEvent<TEvent> one in events)
            {
                Project(one);
            }
        }
        finally
        {
            _projectingInto = null;
        }
    }

    private void DropAllBut(long? generation)
    {
        List<string> names = [.. Storage.Sql.Exec(
            "SELECT name FROM projection_table WHERE generation IS NOT ?", generation).Select(row => row.Get<string>(0)!)];
        foreach (string name in names)
        {
            Storage.Sql.Exec($"DROP TABLE \"{name}\"");
        }
        Storage.Sql.Exec("DELETE FROM projection_table WHERE generation IS NOT ?", generation);
    }

    private sealed record Folded(TState State, long Position, long NewestEvent, int SinceSnapshot);

    private sealed record MetaRow(long? Live, long? Building, long Position, long? Timer);
}
