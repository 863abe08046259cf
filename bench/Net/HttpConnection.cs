using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace DurableObjects.Bench.Net;

/// <summary>
/// An HTTP/1.1 client on one kept connection that does the least a client can do: it sends prepared bytes, and of an answer reads the
/// status, the length, or the chunks. One request at a time. A request has no time limit of its own: who wants to end it closes the
/// connection.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private const int StatusStart = 9; // behind "HTTP/1.1 "

    private readonly Socket _socket;
    private byte[] _buffer = new byte[16 * 1_024];
    private byte[] _body = [];
    private int _end;

    private HttpConnection(Socket socket) => _socket = socket;

    public static async Task<HttpConnection> ConnectAsync(IPEndPoint server, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, cancellation);
            return new HttpConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <exception cref="BenchException">What came is no answer that this client understands.</exception>
    /// <exception cref="SocketException">The connection is lost.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HttpReply> SendAsync(ReadOnlyMemory<byte> request)
    {
        for (int sent = 0; sent < request.Length;)
        {
            sent += await _socket.SendAsync(request[sent..], SocketFlags.None);
        }
        _end = 0;
        while (true)
        {
            if (_end == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
            int received = await _socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None);
            if (received == 0)
            {
                throw new BenchException("The server closed the connection before its answer had ended.");
            }
            _end += received;
            if (TryRead(out HttpReply reply))
            {
                return reply;
            }
        }
    }

    private bool TryRead(out HttpReply reply)
    {
        reply = default;
        ReadOnlySpan<byte> bytes = _buffer.AsSpan(0, _end);
        int head = bytes.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }
        if (!bytes.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(bytes[StatusStart..], out int status, out _))
        {
            throw new BenchException($"No HTTP answer: {Encoding.ASCII.GetString(bytes[..Math.Min(80, bytes.Length)])}");
        }
        int length = -1;
        bool isChunked = false;
        ReadOnlySpan<byte> lines = bytes[..(head + 2)];
        for (lines = lines[(lines.IndexOf((byte)'\n') + 1)..]; !lines.IsEmpty;)
        {
            int end = lines.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = lines[..end];
            lines = lines[(end + 2)..];
            // Most lines are told apart by their length and first letter.
            if (line.Length > 15 && (line[0] | 0x20) == 'c' && Ascii.EqualsIgnoreCase(line[..15], "content-length:"u8))
            {
                ReadOnlySpan<byte> value = line[15..].TrimStart((byte)' ');
                if (!Utf8Parser.TryParse(value, out length, out _))
                {
                    throw new BenchException("A Content-Length that is no number.");
                }
            }
            else if (line.Length > 18 && (line[0] | 0x20) == 't' && Ascii.EqualsIgnoreCase(line[..18], "transfer-encoding:"u8))
            {
                isChunked = true;
            }
        }
        int body = head + 4;
        if (isChunked)
        {
            return TryReadChunks(status, body, out reply);
        }
        if (length < 0 && status != 204)
        {
            throw new BenchException($"An answer of status {status} with neither Content-Length nor chunks.");
        }
        length = Math.Max(length, 0);
        if (_end < body + length)
        {
            return false;
        }
        if (_end > body + length)
        {
            throw new BenchException("More came than one answer.");
        }
        reply = new HttpReply(status, _buffer.AsMemory(body, length));
        return true;
    }

    private bool TryReadChunks(int status, int at, out HttpReply reply)
    {
        reply = default;
        int total = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = _buffer.AsSpan(at, _end - at);
            int line = rest.IndexOf("\r\n"u8);
            if (line < 0)
            {
                return false;
            }
            if (!Utf8Parser.TryParse(rest, out int size, out _, 'x'))
            {
                throw new BenchException("A chunk without its size.");
            }
            at += line + 2;
            if (_end < at + size + 2)
            {
                return false;
            }
            if (size == 0)
            {
                reply = new HttpReply(status, _body.AsMemory(0, total));
                return true;
            }
            if (_body.Length < total + size)
            {
                Array.Resize(ref _body, Math.Max(total + size, _body.Length * 2));
            }
            _buffer.AsSpan(at, size).CopyTo(_body.AsSpan(total));
            total += size;
            at += size + 2;
        }
    }
}
