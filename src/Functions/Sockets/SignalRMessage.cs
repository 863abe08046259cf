using System.Buffers;
using System.Text.Json;

namespace DurableObjects.Functions.Sockets;

/// <summary>An invocation of a client method, in the form in which SignalR Service takes it; made once for all receivers.</summary>
internal sealed class SignalRMessage
{
    /// <param name="target">The client method.</param>
    /// <param name="arguments">Each argument as UTF-8 JSON.</param>
    public SignalRMessage(string target, IReadOnlyList<ReadOnlyMemory<byte>> arguments)
    {
        ArrayBufferWriter<byte> body = new(64 + target.Length + arguments.Sum(argument => argument.Length + 1));
        using (Utf8JsonWriter writer = new(body))
        {
            writer.WriteStartObject();
            writer.WriteString("target", target);
            writer.WriteStartArray("arguments");
            foreach (ReadOnlyMemory<byte> argument in arguments)
            {
                writer.WriteRawValue(argument.Span, skipInputValidation: true);
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        Body = body.WrittenMemory;
    }

    /// <summary>The body of a request that sends it: UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> Body { get; }
}
