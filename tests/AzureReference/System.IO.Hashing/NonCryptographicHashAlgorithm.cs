using System.ComponentModel;

namespace System.IO.Hashing;

/// <summary>A checksum that data are appended to, piece by piece. Unlike the rest of the reference set, it works.</summary>
public abstract class NonCryptographicHashAlgorithm
{
    private const int ReadSize = 4096;

    protected NonCryptographicHashAlgorithm(int hashLengthInBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hashLengthInBytes, 1);
        HashLengthInBytes = hashLengthInBytes;
    }

    public int HashLengthInBytes { get; }

    public abstract void Append(ReadOnlySpan<byte> source);

    public abstract void Reset();

    public void Append(byte[] source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Append(source.AsSpan());
    }

    public void Append(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] buffer = new byte[ReadSize];
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            Append(buffer.AsSpan(0, read));
        }
    }

    public Task AppendAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return AppendAll(stream, cancellationToken);
    }

    public byte[] GetCurrentHash()
    {
        byte[] hash = new byte[HashLengthInBytes];
        GetCurrentHashCore(hash);
        return hash;
    }

    public int GetCurrentHash(Span<byte> destination) => TryGetCurrentHash(destination, out int written)
        ? written
        : throw new ArgumentException(TooShort(destination.Length), nameof(destination));

    public bool TryGetCurrentHash(Span<byte> destination, out int bytesWritten)
    {
        bytesWritten = destination.Length < HashLengthInBytes ? 0 : HashLengthInBytes;
        if (bytesWritten == 0)
        {
            return false;
        }

        GetCurrentHashCore(destination[..HashLengthInBytes]);
        return true;
    }

    public byte[] GetHashAndReset()
    {
        byte[] hash = new byte[HashLengthInBytes];
        GetHashAndResetCore(hash);
        return hash;
    }

    public int GetHashAndReset(Span<byte> destination) => TryGetHashAndReset(destination, out int written)
        ? written
        : throw new ArgumentException(TooShort(destination.Length), nameof(destination));

    public bool TryGetHashAndReset(Span<byte> destination, out int bytesWritten)
    {
        bytesWritten = destination.Length < HashLengthInBytes ? 0 : HashLengthInBytes;
        if (bytesWritten == 0)
        {
            return false;
        }

        GetHashAndResetCore(destination[..HashLengthInBytes]);
        return true;
    }

    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("It is no hash code of what was appended. That is GetCurrentHash.", true)]
#pragma warning disable CS0809 // So it is declared in the real assembly.
    public override int GetHashCode() => throw new NotSupportedException("It is no hash code of what was appended.");
#pragma warning restore CS0809

    protected abstract void GetCurrentHashCore(Span<byte> destination);

    protected virtual void GetHashAndResetCore(Span<byte> destination)
    {
        GetCurrentHashCore(destination);
        Reset();
    }

    private async Task AppendAll(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[ReadSize];
        for (int read = await stream.ReadAsync(buffer, cancellationToken);
            read > 0;
            read = await stream.ReadAsync(buffer, cancellationToken))
        {
            Append(buffer.AsSpan(0, read));
        }
    }

    private string TooShort(int length) => $"The destination has {length} bytes, and the hash {HashLengthInBytes}.";
}
