using System.Text;
using System.Text.Json.Serialization;
using DurableObjects.Functions.Sockets;
using DurableObjects.Functions.Wire;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.FunctionsEngine.Simulations;

/// <summary>A relay that writes down what it would send, in its state.</summary>
internal sealed class RecordingRelay : ITaskEntity
{
    public ValueTask<object?> RunAsync(TaskEntityOperation operation)
    {
        RelayLog log = operation.State.GetState<RelayLog>(null) ?? new RelayLog(0, 0, []);
        RelayBatch batch = operation.GetInput<RelayBatch>()!;
        foreach (RelayEntry entry in batch.Entries)
        {
            if (batch.Epoch < log.Epoch || (batch.Epoch == log.Epoch && entry.Sequence <= log.Last))
            {
                continue;
            }
            string[] lines = entry.Inline is { } inline
                ? [.. SocketEffectCodec.Decode(Packed.FromText(inline)).Select(Describe)]
                : [$"payload {entry.Payload}"];
            log = new RelayLog(batch.Epoch, entry.Sequence, [.. log.Lines, .. lines]);
        }
        operation.State.SetState(log);
        return new ValueTask<object?>((object?)null);
    }

    private static string Describe(RelayEffect effect) => effect switch
    {
        RelayJoin join => $"join {join.ConnectionId}",
        RelaySend send => $"send {string.Join("+", send.ConnectionIds)} {Text(send.Arguments)}",
        RelayGroupSend send => $"send all {Text(send.Arguments)}",
        RelayClose close => $"close {close.ConnectionId}",
        _ => throw new NotSupportedException(effect.GetType().Name),
    };

    private static string Text(IReadOnlyList<ReadOnlyMemory<byte>> arguments) =>
        string.Join(",", arguments.Select(one => Encoding.UTF8.GetString(one.Span)));
}

/// <summary>What a relay has sent.</summary>
/// <param name="Epoch">The life of the object.</param>
/// <param name="Last">The newest entry.</param>
/// <param name="Lines">What was sent.</param>
public sealed record RelayLog(
    [property: JsonPropertyName("epoch")] long Epoch, [property: JsonPropertyName("last")] long Last,
    [property: JsonPropertyName("lines")] IReadOnlyList<string> Lines);
