using System.Collections.Concurrent;
using System.Threading.Channels;
using DurableObjects.DurableEngine.Entities;
using DurableObjects.DurableEngine.Orchestrations;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;

namespace DurableObjects.DurableEngine;

/// <summary>
/// Runs a hub in real time on this process's threads, for a host that stands for the Azure one: messages arrive at once and in order,
/// nothing is lost.
/// </summary>
public sealed partial class LiveHub : IAsyncDisposable
{
    private readonly TaskHub _hub;
    private readonly HubFunctions _functions;
    private readonly int _concurrency;
    private readonly ILogger<LiveHub> _logger;
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _running = new();
    private readonly ConcurrentDictionary<Task, byte> _runningActivities = new();
    private readonly Task _loop;

    /// <summary>Starts to run it.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="functions">What can be run.</param>
    /// <param name="concurrency">
    /// Batches and runs at once, and as many activities: as on the platform these have a limit of their own, for an activity that waits for
    /// an object would otherwise keep the object from running.
    /// </param>
    /// <param name="logger">For what fails.</param>
    public LiveHub(TaskHub hub, HubFunctions functions, int concurrency, ILogger<LiveHub> logger)
    {
        ArgumentNullException.ThrowIfNull(hub);
        (_hub, _functions, _concurrency, _logger) = (hub, functions, concurrency, logger);
        hub.Changed = Wake;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Whether nothing runs, waits to run, or will within a time: timers of later do not count.</summary>
    public bool IsQuiet(TimeSpan within)
    {
        DateTimeOffset soon = _hub.Clock.GetUtcNow() + within;
        return _running.IsEmpty && _runningActivities.IsEmpty && _hub.InTransit.All(one => one.Visible > soon)
            && _hub.ReadyEntities().Count == 0 && _hub.ReadyOrchestrations().Count == 0;
    }

    /// <summary>Starts nothing new, and waits for what runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        await Task.WhenAll([.. _running.Keys, .. _runningActivities.Keys]);
        _stopping.Dispose();
    }

    private void Wake() => _changes.Writer.TryWrite(true);

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            foreach (HubMessage message in _hub.Deliverable())
            {
                _hub.Deliver(message);
            }
            StartWhatIsReady();
            await WaitAsync();
        }
    }

    private void StartWhatIsReady()
    {
        foreach (EntityInstanceId id in _hub.ReadyEntities().TakeWhile(_ => _running.Count < _concurrency))
        {
            if (_hub.TakeEntity(id) is { } work)
            {
                Start(_running, () => RunAsync(work));
            }
        }
        foreach (string id in _hub.ReadyOrchestrations().TakeWhile(_ => _running.Count < _concurrency))
        {
            if (_hub.TakeOrchestration(id) is { } work)
            {
                Start(_running, () => RunAsync(work));
            }
        }
        while (_runningActivities.Count < _concurrency && _hub.TakeActivity() is { } activity)
        {
            Start(_runningActivities, () => RunAsync(activity));
        }
    }

    private void Start(ConcurrentDictionary<Task, byte> running, Func<Task> run)
    {
        Task task = Task.Run(run);
        running.TryAdd(task, 0);
        _ = task.ContinueWith(
            done =>
            {
                running.TryRemove(done, out _);
                Wake();
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task RunAsync(EntityWork work)
    {
        try
        {
            EntityResult result = await work.RunAsync(_functions.Entities[work.Id.Name]);
            foreach (Exception failure in result.Failures)
            {
                OperationThrew(failure, work.Id.ToString());
            }
            _hub.Send(work, result);
            _hub.Checkpoint(work, result);
        }
        catch (Exception error)
        {
            Failed(error, work.Id.ToString());
            _hub.Abandon(work);
        }
    }

    private Task RunAsync(OrchestrationWork work)
    {
        try
        {
            OrchestrationResult result = work.Run(_functions.Orchestrators[work.Name]);
            if (result.Failure is { } failure)
            {
                OrchestrationFailed(work.InstanceId, failure.ToString());
            }
            _hub.Send(work, result);
            _hub.Checkpoint(work, result);
        }
        catch (Exception error)
        {
            Failed(error, work.InstanceId);
            _hub.Abandon(work);
        }
        return Task.CompletedTask;
    }

    private async Task RunAsync(ActivityRequest request)
    {
        try
        {
            _hub.Complete(request, await _functions.Activities[request.Name](request.Input), null);
        }
        catch (Exception error)
        {
            _hub.Complete(request, null, TaskFailureDetails.FromException(error));
        }
    }

    private async Task WaitAsync()
    {
        DateTimeOffset now = _hub.Clock.GetUtcNow();
        TimeSpan longest = TimeSpan.FromMinutes(1);
        TimeSpan wait = _hub.InTransit.Select(one => one.Visible - now).Append(longest).Min();
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        timeout.CancelAfter(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
        try
        {
            await _changes.Reader.ReadAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            // Something is due, or the end has come.
        }
    }

    [LoggerMessage(1, LogLevel.Error, "An operation of {Entity} threw.")]
    private partial void OperationThrew(Exception error, string entity);

    [LoggerMessage(2, LogLevel.Error, "A batch or run of {Instance} failed; it is run again.")]
    private partial void Failed(Exception error, string instance);

    [LoggerMessage(3, LogLevel.Error, "The orchestration {Instance} failed: {Failure}")]
    private partial void OrchestrationFailed(string instance, string failure);
}
