namespace DurableObjects.Embedded.Files;

/// <summary>
/// One open file. Every failure is an exception: a call that returns has done all of what it was asked.
/// Reads may run beside each other and beside a write elsewhere in the file.
/// </summary>
internal interface IFile : IDisposable
{
    /// <summary>The file's path, for messages.</summary>
    string Path { get; }

    /// <summary>Bytes in the file.</summary>
    long Length { get; }

    /// <summary>Reads until the buffer is full or the file ends; returns the number of bytes read.</summary>
    int Read(Span<byte> destination, long offset);

    /// <summary>Writes all bytes, extending the file as needed. Durable after <see cref="Flush"/>.</summary>
    void Write(ReadOnlySpan<byte> source, long offset);

    /// <summary>Cuts the file, or extends it with zeros. Durable after <see cref="Flush"/>.</summary>
    void SetLength(long length);

    /// <summary>Makes everything written before, and the length, durable.</summary>
    void Flush();
}
