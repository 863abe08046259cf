using System.Collections.Concurrent;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using DurableObjects.Workflows;

namespace DurableObjects.Embedded.Workflows;

/// <summary>
/// Has the attempts made that wait in workflows' outboxes, and their outcomes recorded. What is here is a copy: a crash loses nothing, since
/// the outbox keeps an attempt until its outcome is recorded.
/// </summary>
/// <param name="runner">Makes them.</param>
/// <param name="host">Has the objects that they call.</param>
/// <param name="record">Gives a workflow the turn that records an outcome, and ends when that is durable.</param>
/// <param name="atOnce">Attempts at once; the rest waits.</param>
/// <param name="clock">For the delays until an outcome that could not be recorded is recorded.</param>
/// <param name="logger">Told of those.</param>
internal sealed partial class ActivityDispatcher(
    ActivityRunner runner, IObjectHost host, Func<ObjectAddress, Turn, Task> record, int atOnce, TimeProvider clock, ILogger logger)
    : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(10);

    /// <summary>What is on its way. After a fault of the journal outboxes are read again, and nothing is to be done twice for that.</summary>
    private readonly ConcurrentDictionary<(ObjectId Workflow, SignalReceipt Attempt), byte> _underWay = new();
    private readonly SemaphoreSlim _places = new(atOnce);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Takes committed attempts.</summary>
    public void Send(Signal signal)
    {
        if (_underWay.TryAdd((signal.Sender!.Id, signal.Receipt), 0))
        {
            _ = RunAsync(signal);
        }
    }

    /// <summary>Begins nothing more and ends what runs, which is made again after the next start.</summary>
    public void Stop() => _ = StopAsync();

    /// <summary>Stops. The token's source itself holds nothing, and attempts that still run look at it.</summary>
    public void Dispose() => Stop();

    /// <summary>Not in the caller's thread: what activities do when their token is cancelled is theirs.</summary>
    private async Task StopAsync()
    {
        try
        {
            await _stopping.CancelAsync();
        }
        catch (AggregateException error)
        {
            LogNotStopped(error);
        }
    }

    private async Task RunAsync(Signal signal)
    {
        // What an activity does must not hold up the journal's thread.
        await Task.Yield();
        try
        {
            await _places.WaitAsync(_stopping.Token);
            Turn outcome;
            try
            {
                outcome = await ActivityPort.RunAsync(signal, runner, host, _stopping.Token);
            }
            finally
            {
                _places.Release();
            }
            await RecordAsync(signal.Sender!, outcome);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The outbox has it.
        }
        catch (Exception error)
        {
            LogNotMade(error, signal.Sender!);
        }
        finally
        {
            _underWay.TryRemove((signal.Sender!.Id, signal.Receipt), out _);
        }
    }

    /// <summary>Until it is durable: the attempt was made, and is not to be made again for a full disk.</summary>
    private async Task RecordAsync(ObjectAddress workflow, Turn outcome)
    {
        for (TimeSpan retry = FirstRetry; ; retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry)
        {
            try
            {
                await record(workflow, outcome);
                return;
            }
            catch (Exception error) when (!_stopping.IsCancellationRequested)
            {
                LogNotRecorded(workflow, error.Message);
            }
            await Task.Delay(retry, clock, _stopping.Token);
        }
    }

    [LoggerMessage(25, LogLevel.Error, "An attempt of {Workflow} could not be made at all")]
    private partial void LogNotMade(Exception error, ObjectAddress workflow);

    [LoggerMessage(27, LogLevel.Warning, "An activity failed as it was told to stop")]
    private partial void LogNotStopped(Exception error);

    [LoggerMessage(26, LogLevel.Warning, "{Workflow} could not record the outcome of an attempt and is given it again: {Error}")]
    private partial void LogNotRecorded(ObjectAddress workflow, string error);
}
