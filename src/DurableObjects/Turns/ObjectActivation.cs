using DurableObjects.History;
using DurableObjects.Storage;
using DurableObjects.Work;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Turns;

/// <summary>
/// An object in memory: the runtime's step for it. The host gives one turn at a time and gets its outcome; it makes the commit
/// durable and releases answer and effects, while the next turn may already run.
/// </summary>
public sealed class ObjectActivation : IDisposable
{
    private readonly SqliteDatabase _database;
    private readonly WriteAheadLog _log;
    private readonly TurnRunner _runner;
    private readonly TurnLane _lane;
    private readonly ILogger _logger;
    private bool _failed;

    internal ObjectActivation(
        ObjectRuntime runtime, ObjectClass objectClass, ObjectAddress address, string databasePath, ObjectSummary summary,
        IObjectHistory? history)
    {
        Address = address;
        _logger = runtime.Logger(objectClass);
        _database = SqliteDatabase.OpenForTurns(databasePath, runtime.Options.MaxDatabaseBytes);
        try
        {
            _log = WriteAheadLog.At(databasePath, _database, runtime.Options.MaxTurnBytes);
            TurnGuard guard = new();
            _runner = new TurnRunner(runtime, objectClass, address, databasePath, _database, _log, guard, summary, history);
            _lane = new TurnLane(guard, runtime.Clock, runtime.Options.TurnDeadline, _database.Interrupt, Abandoned);
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <summary>Where the object is found.</summary>
    public ObjectAddress Address { get; }

    /// <summary>The object after its last commit, durable or not.</summary>
    public ObjectSummary Summary => _runner.Summary;

    /// <summary>
    /// The newest commit that a reader on the same database may have seen by now. Read it after the reader has answered, and hold
    /// its answer until that commit is durable.
    /// </summary>
    public long StartedCommit => _runner.StartedCommit;

    /// <summary>Whether the activation must be thrown away: a turn was abandoned, or its database failed.</summary>
    public bool IsBroken => _failed || _lane.IsBroken;

    /// <summary>Whether it is broken because a turn was abandoned. The database is then at <see cref="Summary"/>'s head.</summary>
    public bool WasAbandoned => _lane.IsBroken;

    /// <summary>
    /// Runs a turn. A handler's error is part of the outcome. The task fails only if the activation is broken by it, and then
    /// nothing of the turn remains; if the turn was abandoned, give the next activation an <see cref="AbandonedTurn"/> first.
    /// </summary>
    /// <exception cref="DurableObjectException">The turn was abandoned.</exception>
    public async Task<TurnOutcome> RunAsync(Turn turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        try
        {
            return await _lane.RunAsync(new TurnScope(turn, isReadOnly: false), _runner.RunAsync);
        }
        catch (Exception error)
        {
            _failed = true;
            if (_lane.IsBroken)
            {
                _logger.TurnAbandoned(Address, turn.GetType().Name, error.Message);
            }
            throw;
        }
    }

    /// <summary>Abandons the running turn, if there is one. The activation is broken then.</summary>
    public void Abandon(string reason) => _lane.Abandon(
        new DurableObjectException(503, ErrorCodes.Unavailable, reason) { Retryable = true });

    /// <summary>Drops the instance and closes the database. Not during a turn.</summary>
    public void Dispose()
    {
        _lane.Dispose();
        if (!_lane.IsBroken)
        {
            _runner.Dispose();
        }
        _log.Dispose();
        _database.Dispose();
    }

    /// <summary>Closes the database under an abandoned turn, which rolls back what it wrote.</summary>
    private void Abandoned()
    {
        _log.Dispose();
        _database.Dispose();
    }
}
