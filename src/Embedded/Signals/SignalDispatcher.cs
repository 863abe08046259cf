using System.Collections.Concurrent;
using DurableObjects.Turns;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Embedded.Signals;

/// <summary>
/// Brings signals from the outboxes of their senders to their receivers, each stream (from one object to another) in order. What is
/// here is a copy: a crash loses nothing, since the outbox keeps a signal until its receiver has committed it.
/// </summary>
/// <param name="clock">For the delays between attempts.</param>
/// <param name="deliver">Gives the receiver its turn and ends when that is durable.</param>
/// <param name="acknowledge">Takes delivered signals out of the sender's outbox.</param>
/// <param name="logger">Told of receivers that cannot be reached.</param>
internal sealed partial class SignalDispatcher(
    TimeProvider clock,
    Func<Signal, Task> deliver,
    Func<ObjectAddress, IReadOnlyList<SignalReceipt>, Task> acknowledge,
    ILogger logger) : IDisposable
{
    /// <summary>Signals of one stream that are under way at once; the receiver refuses any that overtakes another.</summary>
    private const int MaxInFlight = 64;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(ObjectId Sender, ObjectId Receiver), SignalStream> _streams = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Takes committed signals of one sender, in the order of their commits.</summary>
    public void Send(IReadOnlyList<Signal> signals)
    {
        foreach (Signal signal in signals)
        {
            (ObjectId, ObjectId) key = (signal.Sender!.Id, signal.Receiver.Id);
            bool mustRun;
            while (!_streams.GetOrAdd(key, static _ => new SignalStream()).TryAdd(signal, out mustRun))
            {
                // That stream has just come to its end; the next look finds none, or a new one.
                Thread.Yield();
            }
            if (mustRun)
            {
                _ = RunAsync(key, _streams[key]);
            }
        }
    }

    /// <summary>Sends nothing more. What waits is sent after the next start.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>Stops. The token's source itself holds nothing, and streams that are still running look at it.</summary>
    public void Dispose() => Stop();

    private async Task RunAsync((ObjectId, ObjectId) key, SignalStream stream)
    {
        // Waking a receiver opens its database, and the sender's answer must not wait for that.
        await Task.Yield();
        TimeSpan retry = FirstRetry;
        while (!_stopping.IsCancellationRequested)
        {
            List<Signal> batch = stream.Peek(MaxInFlight);
            if (batch.Count == 0)
            {
                if (stream.TryEnd())
                {
                    _streams.TryRemove(key, out _);
                    return;
                }
                continue;
            }
            int delivered = await DeliverAsync(batch);
            if (delivered > 0)
            {
                stream.Remove(delivered);
                retry = FirstRetry;
                await AcknowledgeAsync(batch[0].Sender!, [.. batch.Take(delivered).Select(signal => signal.Receipt)]);
            }
            if (delivered < batch.Count)
            {
                if (!await WaitAsync(retry))
                {
                    return;
                }
                retry = Longer(retry);
            }
        }
    }

    /// <summary>Delivers in order and says how many, from the first on, have arrived.</summary>
    private async Task<int> DeliverAsync(List<Signal> batch)
    {
        // Everything before the first was acknowledged: the receiver may take it as next even if it was purged since. Where the
        // sender was purged, the numbers begin anew with an epoch.
        StreamPosition oldest = batch[0].Position;
        List<Task> deliveries = [];
        foreach (Signal signal in batch)
        {
            oldest = signal.Position.Epoch == oldest.Epoch ? oldest : signal.Position;
            deliveries.Add(deliver(signal with { Position = signal.Position with { Oldest = oldest.Number } }));
        }
        int delivered = 0;
        bool isUnbroken = true;
        for (int i = 0; i < deliveries.Count; i++)
        {
            try
            {
                await deliveries[i];
                delivered += isUnbroken ? 1 : 0;
            }
            catch (Exception error)
            {
                if (isUnbroken)
                {
                    LogNotDelivered(batch[i].Method, batch[i].Sender!, batch[i].Receiver, error.Message);
                }
                isUnbroken = false;
            }
        }
        return delivered;
    }

    private static TimeSpan Longer(TimeSpan retry) => retry * 2 < LongestRetry ? retry * 2 : LongestRetry;

    /// <summary>Waits; false if the dispatcher is stopped meanwhile.</summary>
    private async Task<bool> WaitAsync(TimeSpan time)
    {
        try
        {
            await Task.Delay(time, clock, _stopping.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task AcknowledgeAsync(ObjectAddress sender, IReadOnlyList<SignalReceipt> receipts)
    {
        if (!await TryAcknowledgeAsync(sender, receipts))
        {
            // Until it succeeds they stay in the outbox, which holds so many and no more; the stream need not wait for that.
            _ = AcknowledgeLaterAsync(sender, receipts);
        }
    }

    private async Task AcknowledgeLaterAsync(ObjectAddress sender, IReadOnlyList<SignalReceipt> receipts)
    {
        TimeSpan retry = FirstRetry;
        while (await WaitAsync(retry) && !await TryAcknowledgeAsync(sender, receipts))
        {
            retry = Longer(retry);
        }
    }

    private async Task<bool> TryAcknowledgeAsync(ObjectAddress sender, IReadOnlyList<SignalReceipt> receipts)
    {
        try
        {
            await acknowledge(sender, receipts);
            return true;
        }
        catch (Exception error)
        {
            // After a restart they are sent again, and their receivers drop them.
            LogNotAcknowledged(sender, error.Message);
            return false;
        }
    }

    [LoggerMessage(20, LogLevel.Warning, "The signal '{Method}' from {Sender} did not reach {Receiver} and is sent again: {Error}")]
    private partial void LogNotDelivered(string method, ObjectAddress sender, ObjectAddress receiver, string error);

    [LoggerMessage(21, LogLevel.Warning, "{Sender} could not take delivered signals out of its outbox: {Error}")]
    private partial void LogNotAcknowledged(ObjectAddress sender, string error);
}
