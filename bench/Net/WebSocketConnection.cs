using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace DurableObjects.Bench.Net;

/// <summary>
/// A WebSocket client (RFC 6455) that does the least it can, for the same reason as <see cref="HttpConnection"/>. It masks with
/// zeros, which leaves the bytes as they are.
/// </summary>
internal sealed class WebSocketConnection : IDisposable
{
    private const byte Final = 0x80;
    private const byte Text = 1;
    private const byte Close = 8;
    private const byte Ping = 9;
    private const byte Pong = 10;
    private const byte Masked = 0x80;

    private readonly Socket _socket;
    private readonly SemaphoreSlim _sending = new(1);
    private byte[] _buffer = new byte[2 * 1_024];
    private int _start;
    private int _end;

    private WebSocketConnection(Socket socket) => _socket = socket;

    public static async Task<WebSocketConnection> ConnectAsync(IPEndPoint server, string path, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        WebSocketConnection connection = new(socket);
        try
        {
            await socket.ConnectAsync(server, cancellation);
            await connection.UpgradeAsync(server, path);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _sending.Dispose();
    }

    public ValueTask SendAsync(string text) => SendFrameAsync(Text, Encoding.UTF8.GetBytes(text));

    /// <summary>The next text; good until the next call.</summary>
    /// <exception cref="BenchException">The socket was closed, or something else came.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync()
    {
        while (true)
        {
            byte kind;
            ReadOnlyMemory<byte> payload;
            while (!TryTake(out kind, out payload))
            {
                await FillAsync();
            }
            switch (kind)
            {
                case Final | Text:
                    return payload;
                case Final | Ping:
                    await SendFrameAsync(Pong, payload.ToArray());
                    break;
                case Final | Pong:
                    break;
                case Final | Close:
                    int code = payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(payload.Span) : 0;
                    throw new BenchException($"The server closed the socket with {code}.");
                default:
                    throw new BenchException($"A frame of kind {kind:x2}, which this client does not know.");
            }
        }
    }

    private async Task UpgradeAsync(IPEndPoint server, string path)
    {
        string request = $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n";
        await _socket.SendAsync(Encoding.ASCII.GetBytes(request), SocketFlags.None);
        while (true)
        {
            await FillAsync();
            string text = Encoding.ASCII.GetString(_buffer, 0, _end);
            int head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0)
            {
                continue;
            }
            if (!text.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
            {
                throw new BenchException($"No WebSocket at {path}: {text}");
            }
            _start = head + 4;
            return;
        }
    }

    private async ValueTask SendFrameAsync(byte kind, byte[] payload)
    {
        if (payload.Length > ushort.MaxValue)
        {
            throw new ArgumentException($"This client sends at most {ushort.MaxValue} bytes.", nameof(payload));
        }
        int head = payload.Length < 126 ? 6 : 8;
        byte[] frame = new byte[head + payload.Length];
        frame[0] = (byte)(Final | kind);
        if (payload.Length < 126)
        {
            frame[1] = (byte)(Masked | payload.Length);
        }
        else
        {
            frame[1] = Masked | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }
        payload.CopyTo(frame, head);
        await _sending.WaitAsync();
        try
        {
            for (int sent = 0; sent < frame.Length;)
            {
                sent += await _socket.SendAsync(frame.AsMemory(sent), SocketFlags.None);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private async ValueTask FillAsync()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        int received = await _socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None);
        if (received == 0)
        {
            throw new BenchException("The server closed the connection of a socket.");
        }
        _end += received;
    }

    private bool TryTake(out byte kind, out ReadOnlyMemory<byte> payload)
    {
        kind = 0;
        payload = default;
        ReadOnlySpan<byte> bytes = _buffer.AsSpan(_start, _end - _start);
        if (bytes.Length < 2)
        {
            return false;
        }
        int length = bytes[1];
        int head = 2;
        switch (length)
        {
            case 126:
                head = 4;
                break;
            case > 126:
                throw new BenchException("A frame of more than 65,535 bytes, or a masked one.");
        }
        if (bytes.Length < head)
        {
            return false;
        }
        if (head == 4)
        {
            length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        }
        if (bytes.Length < head + length)
        {
            return false;
        }
        kind = bytes[0];
        payload = _buffer.AsMemory(_start + head, length);
        _start += head + length;
        return true;
    }
}
