using System.Text;
using DurableObjects.Functions.Sockets;

namespace DurableObjects.Functions.Tests.Sockets;

/// <summary>Keeps what it was asked, a line for each, in the order in which it began; and fails, or waits, where a test wants that.</summary>
internal sealed class RecordedSignalR : ISignalRService
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    /// <summary>Whether a line fails.</summary>
    public Func<string, bool> Fails { get; set; } = _ => false;

    /// <summary>Whether a connection is gone.</summary>
    public Func<string, bool> IsGone { get; set; } = _ => false;

    /// <summary>What a line waits for.</summary>
    public Func<string, CancellationToken, Task> Wait { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Lines at work at once, at most.</summary>
    public int MostAtOnce { get; private set; }

    private int AtWork { get; set; }

    /// <summary>What was asked since the last time.</summary>
    public IReadOnlyList<string> Take()
    {
        lock (_lock)
        {
            List<string> lines = [.. _lines];
            _lines.Clear();
            return lines;
        }
    }

    public Task<bool> SendAsync(string connectionId, SignalRMessage message, CancellationToken cancellation) =>
        DoAsync($"send {connectionId}: {Text(message)}", connectionId, cancellation);

    public Task SendToGroupAsync(string group, IEnumerable<string> except, SignalRMessage message, CancellationToken cancellation) =>
        DoAsync(
            $"send {group}{string.Concat(except.Select(one => $" -{one}"))}: {Text(message)}", null, cancellation);

    public Task<bool> JoinAsync(string group, string connectionId, CancellationToken cancellation) =>
        DoAsync($"join {group} {connectionId}", connectionId, cancellation);

    public Task<bool> CloseAsync(string connectionId, string reason, CancellationToken cancellation) =>
        DoAsync($"close {connectionId}: {reason}", connectionId, cancellation);

    public Task<bool> IsHealthyAsync(CancellationToken cancellation) => Task.FromResult(true);

    private static string Text(SignalRMessage message)
    {
        string body = Encoding.UTF8.GetString(message.Body.Span);
        return body[(body.IndexOf('[', StringComparison.Ordinal) + 1)..body.LastIndexOf(']')];
    }

    private async Task<bool> DoAsync(string line, string? connectionId, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            _lines.Add(line);
            MostAtOnce = Math.Max(MostAtOnce, ++AtWork);
        }
        try
        {
            await Wait(line, cancellation);
            if (Fails(line))
            {
                throw new SignalRFailedException($"do '{line}'");
            }
            return connectionId is null || !IsGone(connectionId);
        }
        finally
        {
            lock (_lock)
            {
                AtWork--;
            }
        }
    }
}
