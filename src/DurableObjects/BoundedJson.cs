using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace DurableObjects;

/// <summary>Writes a value as JSON and stops at the limit of an answer, instead of finding out afterwards how much it was.</summary>
internal static class BoundedJson
{
    /// <summary>The value as UTF-8 JSON.</summary>
    /// <param name="value">The value.</param>
    /// <param name="what">What it is, as in "The result of 'list'", for the error.</param>
    /// <exception cref="DurableObjectException">It is longer than <see cref="Limits.ResponseBytes"/> (500).</exception>
    public static ReadOnlyMemory<byte> Write<T>(T value, string what)
    {
        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            // It is no longer than its own size makes it.
            return JsonSerializer.SerializeToUtf8Bytes(value, ObjectJson.Options);
        }
        Buffer buffer = new(what);
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Encoder = ObjectJson.Options.Encoder, SkipValidation = true }))
        {
            JsonSerializer.Serialize(writer, value, ObjectJson.Options);
        }
        return buffer.Written;
    }

    private sealed class Buffer(string what) : IBufferWriter<byte>
    {
        private const int FirstBytes = 256;

        // The writer asks for the most that a text may need, which is six bytes a character; a text that needs more than that
        // for less than the limit does not exist.
        private const int MostAsked = 6 * Limits.ResponseBytes + 1_024;

        private byte[] _bytes = [];
        private int _count;

        public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _count);

        public void Advance(int count)
        {
            // Unchanged if it throws: the writer tries again when it is disposed, and would count twice.
            _count = _count + count <= Limits.ResponseBytes ? _count + count : throw TooLong(_count + count);
        }

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            int needed = Math.Max(sizeHint, 1);
            if (needed > MostAsked)
            {
                throw TooLong(_count + needed / 6);
            }
            if (_bytes.Length - _count < needed)
            {
                int doubled = Math.Min(2 * _bytes.Length, Limits.ResponseBytes);
                Array.Resize(ref _bytes, Math.Max(Math.Max(FirstBytes, doubled), _count + needed));
            }
            return _bytes.AsMemory(_count);
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        private DurableObjectException TooLong(long bytes) => new(
            500, ErrorCodes.TooLarge,
            string.Create(
                CultureInfo.InvariantCulture, $"{what} has {bytes:N0} bytes or more; the limit is {Limits.ResponseBytes:N0} bytes."));
    }
}
