using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DurableObjects.Bench.Net;

namespace DurableObjects.Bench.Load;

/// <summary>
/// Load in a closed loop: each of a number of connections sends its next request when it has the answer to its last. A number of
/// requests, or as many as a time allows.
/// </summary>
internal sealed class ClosedLoop
{
    /// <summary>How long requests may take beyond the measured time before the connections are closed under them.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Func<long, ReadOnlyMemory<byte>> _request;
    private readonly Action<long, HttpReply>? _check;
    private readonly long _limit;
    private readonly Lock _lock = new();
    private long _next = -1;
    private long _from = long.MaxValue;
    private long _until = long.MaxValue;
    private bool _isOver;
    private long _acknowledged;
    private long _errors;
    private string? _firstError;

    private ClosedLoop(long limit, Func<long, ReadOnlyMemory<byte>> request, Action<long, HttpReply>? check)
    {
        _limit = limit;
        _request = request;
        _check = check;
    }

    /// <summary>Sends for a time.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="connections">How many at once.</param>
    /// <param name="warmUp">How long to send before measuring.</param>
    /// <param name="duration">How long to measure.</param>
    /// <param name="cpu">Begins to measure processor time.</param>
    /// <param name="request">The bytes of request number n.</param>
    public static async Task<LoadResult> ForAsync(
        IPEndPoint server, int connections, TimeSpan warmUp, TimeSpan duration, Func<CpuClock> cpu,
        Func<long, ReadOnlyMemory<byte>> request)
    {
        ClosedLoop loop = new(long.MaxValue, request, null);
        List<HttpConnection> open = await OpenAsync(server, connections);
        try
        {
            Task<List<double>>[] running = [.. open.Select(loop.RunAsync)];
            await Task.Delay(warmUp);
            CpuClock clock = cpu();
            long from = Stopwatch.GetTimestamp();
            Volatile.Write(ref loop._from, from);
            await Task.Delay(duration);
            long until = Stopwatch.GetTimestamp();
            Volatile.Write(ref loop._until, until);
            CpuShares shares = clock.Stop();
            Volatile.Write(ref loop._isOver, true);
            return await loop.EndAsync(running, open, Patience, Stopwatch.GetElapsedTime(from, until).TotalSeconds, shares);
        }
        finally
        {
            open.ForEach(connection => connection.Dispose());
        }
    }

    /// <summary>Sends a number of requests, all of them measured.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="connections">How many at once.</param>
    /// <param name="count">How many requests.</param>
    /// <param name="timeout">After which the rest counts as errors.</param>
    /// <param name="cpu">Begins to measure processor time.</param>
    /// <param name="request">The bytes of request number n.</param>
    /// <param name="check">Looks at the answer to request number n, on any thread; throws if it is wrong.</param>
    public static async Task<LoadResult> TimesAsync(
        IPEndPoint server, int connections, long count, TimeSpan timeout, Func<CpuClock> cpu,
        Func<long, ReadOnlyMemory<byte>> request, Action<long, HttpReply>? check = null)
    {
        ClosedLoop loop = new(count, request, check) { _from = 0 };
        List<HttpConnection> open = await OpenAsync(server, (int)Math.Min(connections, count));
        try
        {
            CpuClock clock = cpu();
            long from = Stopwatch.GetTimestamp();
            Task<List<double>>[] running = [.. open.Select(loop.RunAsync)];
            LoadResult result = await loop.EndAsync(running, open, timeout, 0, new CpuShares(0, 0, 0));
            long missing = count - result.Acknowledged - result.Errors;
            return result with
            {
                Seconds = Stopwatch.GetElapsedTime(from).TotalSeconds,
                Cpu = clock.Stop(),
                Errors = result.Errors + missing,
                FirstError = result.FirstError ?? (missing > 0 ? $"{missing} requests were not sent within {timeout}." : null),
            };
        }
        finally
        {
            open.ForEach(connection => connection.Dispose());
        }
    }

    private static async Task<List<HttpConnection>> OpenAsync(IPEndPoint server, int connections)
    {
        List<HttpConnection> open = [];
        for (int i = 0; i < connections; i++)
        {
            open.Add(await HttpConnection.ConnectAsync(server, CancellationToken.None));
        }
        return open;
    }

    private async Task<LoadResult> EndAsync(
        Task<List<double>>[] running, List<HttpConnection> open, TimeSpan timeout, double seconds, CpuShares shares)
    {
        Task all = Task.WhenAll(running);
        if (await Task.WhenAny(all, Task.Delay(timeout)) != all)
        {
            Volatile.Write(ref _isOver, true);
            open.ForEach(connection => connection.Dispose());
        }
        List<double>[] measured = await Task.WhenAll(running);
        // Off the thread that serves every socket: whoever measures may wait for something.
        await Task.Yield();
        double[] latencies = [.. measured.SelectMany(one => one).Order()];
        return new LoadResult(
            latencies.Length, Volatile.Read(ref _acknowledged), Volatile.Read(ref _errors), _firstError, seconds, latencies, shares);
    }

    private async Task<List<double>> RunAsync(HttpConnection connection)
    {
        List<double> latencies = new(4_096);
        long acknowledged = 0;
        while (!Volatile.Read(ref _isOver))
        {
            long number = Interlocked.Increment(ref _next);
            if (number >= _limit)
            {
                break;
            }
            try
            {
                long sent = Stopwatch.GetTimestamp();
                HttpReply reply = await connection.SendAsync(_request(number));
                long received = Stopwatch.GetTimestamp();
                if (!reply.IsSuccess)
                {
                    Error($"{reply.Status} {reply.Text}");
                    continue;
                }
                _check?.Invoke(number, reply);
                acknowledged++;
                if (received >= Volatile.Read(ref _from) && received <= Volatile.Read(ref _until))
                {
                    latencies.Add(Stopwatch.GetElapsedTime(sent, received).TotalMilliseconds);
                }
            }
            catch (Exception error) when (error is BenchException or SocketException or ObjectDisposedException)
            {
                // The connection may be in the middle of an answer: it is of no use any more.
                Error(error.Message);
                break;
            }
        }
        Interlocked.Add(ref _acknowledged, acknowledged);
        return latencies;
    }

    private void Error(string message)
    {
        Interlocked.Increment(ref _errors);
        lock (_lock)
        {
            _firstError ??= message[..Math.Min(message.Length, 300)];
        }
    }
}
