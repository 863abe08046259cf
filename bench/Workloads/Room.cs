using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>
/// Sockets that are open to one object: on the embedded host by SignalR's protocol (negotiated, JSON), on workerd as hibernatable
/// WebSockets.
/// </summary>
internal sealed class Room : IAsyncDisposable
{
    private const string ClassName = "bench-room";
    private const char RecordEnd = '\x1e';

    /// <summary>SignalR's host cuts a client off that has said nothing for 30 s.</summary>
    private static readonly TimeSpan KeepAliveEvery = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Side _side;
    private readonly string _key;
    private readonly List<WebSocketConnection> _sockets = [];
    private readonly List<Task> _receiving = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly string _text = new('x', 100);
    private Task _keepAlive = Task.CompletedTask;
    private Arrivals? _arrivals;
    private long _sent;

    private Room(Side side, string key)
    {
        _side = side;
        _key = key;
    }

    public static async Task<Room> OpenAsync(Side side, string key, int sockets)
    {
        Room room = new(side, key);
        try
        {
            for (int opened = 0; opened < sockets;)
            {
                int now = Math.Min(16, sockets - opened);
                room._sockets.AddRange(await Task.WhenAll(Enumerable.Range(0, now).Select(_ => room.ConnectAsync())));
                opened += now;
            }
            room._receiving.AddRange(room._sockets.Select(room.ReceiveAsync));
            if (side.IsEmbedded)
            {
                room._keepAlive = room.KeepAliveAsync();
            }
            return room;
        }
        catch
        {
            await room.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _sockets.ForEach(socket => socket.Dispose());
        await Task.WhenAll(_receiving);
        await _keepAlive;
        _closing.Dispose();
    }

    /// <summary>Sends one message to all; the milliseconds from the request until the last socket has it.</summary>
    public async Task<double> AnnounceAsync()
    {
        long number = ++_sent;
        Arrivals arrivals = new(number, _sockets.Count);
        Volatile.Write(ref _arrivals, arrivals);
        byte[] request = Requests.Call(
            ClassName, _key, "announce", string.Create(CultureInfo.InvariantCulture, $"[{number},\"{_text}\"]"));
        long began = Stopwatch.GetTimestamp();
        await _side.SendAsync(request);
        try
        {
            return Stopwatch.GetElapsedTime(began, await arrivals.Last.WaitAsync(Patience)).TotalMilliseconds;
        }
        catch (TimeoutException error)
        {
            throw new BenchException($"{arrivals.Missing} of {_sockets.Count} sockets did not receive message {number}.", error);
        }
    }

    /// <summary>How many messages the object has stored.</summary>
    public Task<long> StoredAsync() => _side.NumberAsync(Requests.Read(ClassName, _key, "count"));

    /// <summary>How many it was told to send.</summary>
    public long Sent => _sent;

    private async Task<WebSocketConnection> ConnectAsync()
    {
        if (!_side.IsEmbedded)
        {
            return await WebSocketConnection.ConnectAsync(
                _side.Server, $"/api/objects/{ClassName}/{_key}/socket", CancellationToken.None);
        }
        // First the object's route says where the hub is and gives a ticket, then SignalR's own negotiation names the connection.
        JsonElement info = Json(await _side.SendAsync(Requests.Call(ClassName, _key, "negotiate")));
        string path = new Uri(info.GetProperty("url").GetString()!).PathAndQuery;
        string token = info.GetProperty("accessToken").GetString()!;
        JsonElement connection = Json(await _side.SendAsync(Requests.Post($"{path}/negotiate?negotiateVersion=1", token: token)));
        string id = Uri.EscapeDataString(connection.GetProperty("connectionToken").GetString()!);
        WebSocketConnection socket = await WebSocketConnection.ConnectAsync(
            _side.Server, $"{path}?id={id}&access_token={Uri.EscapeDataString(token)}", CancellationToken.None);
        await socket.SendAsync($$"""{"protocol":"json","version":1}{{RecordEnd}}""");
        ReadOnlyMemory<byte> handshake = await socket.ReceiveAsync();
        if (!handshake.Span.StartsWith("{}"u8))
        {
            throw new BenchException("SignalR refused the handshake.");
        }
        return socket;
    }

    private static JsonElement Json(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private async Task ReceiveAsync(WebSocketConnection socket)
    {
        try
        {
            while (true)
            {
                ReadOnlyMemory<byte> payload = await socket.ReceiveAsync();
                Volatile.Read(ref _arrivals)?.Note(payload.Span);
            }
        }
        catch (Exception error) when (_closing.IsCancellationRequested || error is BenchException)
        {
            // Closed by the room itself; or by the other side, and then the next message will miss this socket.
        }
    }

    private async Task KeepAliveAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(KeepAliveEvery, _closing.Token);
                foreach (WebSocketConnection socket in _sockets)
                {
                    await socket.SendAsync($$"""{"type":6}{{RecordEnd}}""");
                }
            }
        }
        catch (Exception) when (_closing.IsCancellationRequested)
        {
            // Closed.
        }
    }

    /// <summary>Waits for a message at every socket.</summary>
    private sealed class Arrivals(long number, int sockets)
    {
        private readonly TaskCompletionSource<long> _last = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _missing = sockets;

        /// <summary>The timestamp of the last arrival.</summary>
        public Task<long> Last => _last.Task;

        public int Missing => Volatile.Read(ref _missing);

        public void Note(ReadOnlySpan<byte> payload)
        {
            int at = payload.IndexOf("\"n\":"u8);
            if (at >= 0 && Utf8Parser.TryParse(payload[(at + 4)..], out long arrived, out _) && arrived == number
                && Interlocked.Decrement(ref _missing) == 0)
            {
                _last.SetResult(Stopwatch.GetTimestamp());
            }
        }
    }
}
