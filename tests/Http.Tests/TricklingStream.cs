namespace DurableObjects.Http.Tests;

/// <summary>A body that arrives in small pieces.</summary>
internal sealed class TricklingStream(byte[] bytes, int pieceBytes) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, pieceBytes)], cancellationToken);
}
