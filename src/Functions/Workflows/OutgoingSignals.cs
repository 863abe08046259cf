using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Functions.Workflows;

/// <summary>
/// What a workflow signals. An activity brings it to its receiver, a few signals of one receiver at a time, and the next when these have
/// arrived: what an orchestration sends to an entity itself could come twice, and be lost with a worker.
/// </summary>
/// <param name="platform">The orchestration.</param>
/// <param name="id">The workflow.</param>
/// <param name="epoch">The epoch of its streams.</param>
/// <param name="run">Runs what goes on by itself.</param>
internal sealed class OutgoingSignals(IOrchestration platform, string id, long epoch, Action<Func<Task>> run)
{
    /// <summary>Signals that one activity delivers: a turn each.</summary>
    private const int MaxAtOnce = 32;

    /// <summary>The first delay before a delivery is tried again that did not succeed; twice as long each time.</summary>
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    /// <summary>The longest. It is tried for as long as it takes: a signal is a promise.</summary>
    private static readonly TimeSpan LastRetry = TimeSpan.FromHours(1);

    private readonly Dictionary<ObjectId, Line> _lines = [];
    private readonly List<Line> _idle = [];
    private TaskCompletionSource? _allSent;

    /// <summary>Adds a signal, which leaves with the next <see cref="Flush"/>.</summary>
    public void Add(ObjectAddress receiver, string method, JsonElement arguments)
    {
        if (!_lines.TryGetValue(receiver.Id, out Line? line))
        {
            _lines.Add(receiver.Id, line = new Line(receiver));
        }
        line.Waiting.Enqueue(new OutgoingSignal(method, arguments));
        if (!line.IsSending && !_idle.Contains(line))
        {
            _idle.Add(line);
        }
    }

    /// <summary>Sends what was added.</summary>
    public void Flush()
    {
        Line[] idle = [.. _idle];
        _idle.Clear();
        foreach (Line line in idle)
        {
            line.IsSending = true;
            run(() => SendAsync(line));
        }
    }

    /// <summary>Ends when all have arrived.</summary>
    public Task AllSentAsync()
    {
        if (_lines.Values.All(one => !one.IsSending))
        {
            return Task.CompletedTask;
        }
        _allSent ??= new TaskCompletionSource();
        return _allSent.Task;
    }

    private async Task SendAsync(Line line)
    {
        TimeSpan delay = FirstRetry;
        while (line.Waiting.Count > 0)
        {
            DeliveryRequest request = new(
                id, line.Receiver.ClassName, line.Receiver.Key, epoch, line.Sent + 1, [.. line.Waiting.Take(MaxAtOnce)]);
            DeliveryResult? result = await platform.CallAsync<DeliveryResult>(WorkflowActivities.Deliver, request);
            for (int i = 0; i < result?.Delivered; i++)
            {
                line.Waiting.Dequeue();
                line.Sent++;
                delay = FirstRetry;
            }
            if (result?.Error is { Code: ErrorCodes.UnknownClass })
            {
                // The activity has logged it. There is nobody any more who could take them.
                line.Waiting.Clear();
            }
            else if (result is not { Error: null })
            {
                await platform.WaitAsync(platform.Now + delay, CancellationToken.None);
                delay = delay * 2 < LastRetry ? delay * 2 : LastRetry;
            }
        }
        line.IsSending = false;
        if (_lines.Values.All(one => !one.IsSending))
        {
            _allSent?.TrySetResult();
            _allSent = null;
        }
    }

    private sealed class Line(ObjectAddress receiver)
    {
        public ObjectAddress Receiver { get; } = receiver;

        public Queue<OutgoingSignal> Waiting { get; } = [];

        public long Sent { get; set; }

        public bool IsSending { get; set; }
    }
}
