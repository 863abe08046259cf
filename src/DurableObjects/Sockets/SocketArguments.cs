using System.Text.Json;
using DurableObjects.Turns;

namespace DurableObjects.Sockets;

/// <summary>Turns what an object sends into JSON, once for all receivers.</summary>
internal static class SocketArguments
{
    public static SocketSend Encode(IReadOnlyList<string> socketIds, string target, ReadOnlySpan<object?> arguments)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        ReadOnlyMemory<byte>[] encoded = new ReadOnlyMemory<byte>[arguments.Length];
        long bytes = 0;
        for (int i = 0; i < encoded.Length; i++)
        {
            encoded[i] = JsonSerializer.SerializeToUtf8Bytes(arguments[i], ObjectJson.Options);
            bytes += encoded[i].Length;
        }
        return bytes <= Limits.SocketMessageBytes
            ? new SocketSend(socketIds, target, encoded)
            : throw DurableObjectException.TooLarge($"The socket message '{target}'", bytes, Limits.SocketMessageBytes);
    }
}
