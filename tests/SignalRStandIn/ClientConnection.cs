using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;

namespace DurableObjects.SignalRStandIn;

/// <summary>A client's connection: what is written to it, one message after the other.</summary>
internal sealed class ClientConnection(ConnectionContext context, string hub, IReadOnlyDictionary<string, string> claims, string query)
    : IDisposable
{
    private const byte RecordSeparator = 0x1e;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private bool _isClosed;

    public string Id => context.ConnectionId;

    public string Hub { get; } = hub;

    public IReadOnlyDictionary<string, string> Claims { get; } = claims;

    public string Query { get; } = query;

    /// <summary>Writes a message of SignalR's JSON protocol.</summary>
    public Task SendAsync(object message) => WriteAsync(JsonSerializer.SerializeToUtf8Bytes(message), isLast: false);

    /// <summary>Writes text that is a message, or several, with what separates them.</summary>
    public Task SendRawAsync(ReadOnlyMemory<byte> message) => WriteAsync(message, isLast: false);

    /// <summary>Closes the connection; the client learns the reason only if its token asks for detailed errors.</summary>
    public async Task CloseAsync(string? reason)
    {
        string? told = string.IsNullOrEmpty(reason) || Claims.ContainsKey("asrs.s.derror") ? reason : "Connection closed with an error.";
        byte[] message = string.IsNullOrEmpty(told)
            ? Encoding.UTF8.GetBytes("""{"type":7}""")
            : JsonSerializer.SerializeToUtf8Bytes(new { type = 7, error = told });
        await WriteAsync(message, isLast: true);
        context.Transport.Input.CancelPendingRead();
    }

    public void Dispose() => _writing.Dispose();

    private async Task WriteAsync(ReadOnlyMemory<byte> message, bool isLast)
    {
        await _writing.WaitAsync();
        try
        {
            if (_isClosed)
            {
                return;
            }
            _isClosed = isLast;
            PipeWriter output = context.Transport.Output;
            output.Write(message.Span);
            if (message.Span[^1] != RecordSeparator)
            {
                output.Write([RecordSeparator]);
            }
            await output.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }
    }
}
