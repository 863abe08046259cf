using System.Diagnostics;
using DurableObjects.Diagnostics;
using DurableObjects.History;
using DurableObjects.Storage;
using DurableObjects.Work;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Turns;

/// <summary>
/// Runs the methods of an object that are marked read-only, on committed state, beside the turns of its activation. Each call
/// gets an instance of its own, so nothing that one saw is served to the next.
/// </summary>
public sealed class ObjectReader : IDisposable
{
    private readonly ObjectRuntime _runtime;
    private readonly ObjectClass _class;
    private readonly ObjectAddress _address;
    private readonly SqliteDatabase _database;
    private readonly MetaTable _meta;
    private readonly TurnGuard _guard = new();
    private readonly TurnLane _lane;
    private readonly ObjectContext _context;
    private readonly ILogger _logger;
    private readonly ClassDiagnostics _diagnostics;

    internal ObjectReader(ObjectRuntime runtime, ObjectClass objectClass, ObjectAddress address, string databasePath)
    {
        _runtime = runtime;
        _class = objectClass;
        _address = address;
        _logger = runtime.Logger(objectClass);
        _diagnostics = runtime.Diagnostics.Of(address.ClassName);
        _database = SqliteDatabase.OpenForReading(databasePath);
        _meta = new MetaTable(_database);
        _lane = new TurnLane(_guard, runtime.Clock, runtime.Options.TurnDeadline, _database.Interrupt, _database.Dispose);
        _context = new ObjectContext(
            address, _guard, new ObjectStorage(_database, _guard, runtime.Clock), new ObjectSockets(_database, _guard),
            new ObjectSignals(_database, _guard, runtime.Classes, address, runtime.Clock), runtime.Clock, _logger);
    }

    /// <summary>Whether the reader must be thrown away.</summary>
    public bool IsBroken => _lane.IsBroken;

    /// <summary>
    /// Runs a call, one at a time. Null if it must be an ordinary turn after all: migrations are pending, the object has
    /// not heard of its return yet, or the turn names a version or an idempotency key.
    /// </summary>
    public async Task<Answer?> RunAsync(CallTurn turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        if (turn.IfMatch is not null || turn.IdempotencyKey is not null)
        {
            return null;
        }
        TurnScope scope = new(turn, isReadOnly: true);
        Activity? activity = scope.Activity = _diagnostics.Start(turn, scope.Kind, _address);
        long started = _runtime.Clock.GetTimestamp();
        try
        {
            Answer? answer = await _lane.RunAsync<Answer?>(scope, scope => ReadAsync(turn, scope));
            if (answer is null)
            {
                // It is told as the ordinary turn that it becomes.
                activity?.IsAllDataRequested = false;
                activity?.Dispose();
                return null;
            }
            _diagnostics.Ended(activity, scope.Kind, _runtime.Clock.GetElapsedTime(started), answer.Error);
            return answer;
        }
        catch (Exception error)
        {
            _diagnostics.Ended(activity, scope.Kind, _runtime.Clock.GetElapsedTime(started), Failure.From(error));
            throw;
        }
    }

    /// <summary>Closes the database. Not during a call.</summary>
    public void Dispose()
    {
        _lane.Dispose();
        _database.Dispose();
    }

    private async ValueTask<Answer?> ReadAsync(CallTurn turn, TurnScope scope)
    {
        DurableObject? instance = null;
        IServiceScope? services = null;
        try
        {
            ObjectMethod method = _class.Method(turn.Method);
            scope.IsConstructing = true;
            services = _runtime.Services.CreateScope();
            instance = _class.Create(services.ServiceProvider, _context);
            scope.IsConstructing = false;
            if (!Begin(instance))
            {
                scope.Claim();
                return null;
            }
            ReadOnlyMemory<byte> json = await method.InvokeAsync(instance, turn.Arguments, turn.Textual, () => scope.Abandoned);
            scope.Claim();
            return new Answer { Json = json };
        }
        catch (Exception error) when (!scope.IsAbandoned)
        {
            scope.Claim();
            Failure failure = Failure.From(error);
            if (failure.Status >= 500 && !failure.Retryable)
            {
                _logger.TurnFailed(error, _address, $"read {turn.Method}");
            }
            return new Answer { Error = failure };
        }
        finally
        {
            if (!scope.IsAbandoned)
            {
                scope.CloseCursors();
                if (!_database.IsAutocommit)
                {
                    _database.Execute("COMMIT");
                }
            }
            (instance as IDisposable)?.Dispose();
            services?.Dispose();
        }
    }

    private bool Begin(DurableObject instance)
    {
        using TurnGuard.Entry entry = _guard.Enter();
        _database.Execute("BEGIN");
        return (_meta.Number(MetaTable.Migrations) ?? 0) >= instance.Migrations.Count
            && !(_class.HearsOfReturns && PendingReturn.Get(_meta) is not null);
    }
}
