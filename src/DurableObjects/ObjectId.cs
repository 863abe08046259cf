using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DurableObjects;

/// <summary>
/// The id of an object: 32 bytes, written as 64 lower-case hex digits. From a name it is always the same, unique ones are
/// random. The last 8 bytes are a digest of the class and the first 24, so an id carries its class and one of another class is
/// refused without a look-up.
/// </summary>
public readonly struct ObjectId : IEquatable<ObjectId>, IComparable<ObjectId>
{
    /// <summary>Bytes of an id.</summary>
    public const int Size = 32;

    private const int BodySize = 24;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _tag;

    private ObjectId(ReadOnlySpan<byte> bytes)
    {
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _tag = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The id that a name has within a class.</summary>
    /// <exception cref="DurableObjectException">The name is empty, not valid UTF-16, or over <see cref="Limits.NameBytes"/>.</exception>
    public static ObjectId FromName(string className, string name)
    {
        ArgumentNullException.ThrowIfNull(className);
        ArgumentNullException.ThrowIfNull(name);
        CheckName(name);
        Span<byte> digest = stackalloc byte[Size];
        SHA256.HashData(Encoding.UTF8.GetBytes($"name\0{className}\0{name}"), digest);
        return Tagged(className, digest[..BodySize]);
    }

    /// <summary>A random id of a class, for an object without a name.</summary>
    public static ObjectId Unique(string className)
    {
        ArgumentNullException.ThrowIfNull(className);
        Span<byte> body = stackalloc byte[BodySize];
        RandomNumberGenerator.Fill(body);
        return Tagged(className, body);
    }

    /// <summary>Reads the 64 hex digits of an id of the class.</summary>
    /// <exception cref="DurableObjectException">The text is not an id (400), or it is one of another class (404).</exception>
    public static ObjectId Parse(string className, string text)
    {
        ArgumentNullException.ThrowIfNull(className);
        ArgumentNullException.ThrowIfNull(text);
        Span<byte> bytes = stackalloc byte[Size];
        if (text.Length != 2 * Size
            || Convert.FromHexString(text, bytes, out _, out int written) != System.Buffers.OperationStatus.Done
            || written != Size)
        {
            throw DurableObjectException.Invalid($"An id is {2 * Size} hex digits; '{Shorten(text)}' is not one.");
        }
        ObjectId id = new(bytes);
        return id.IsOf(className)
            ? id
            : throw new DurableObjectException(404, ErrorCodes.UnknownObject, $"The id {text} is not one of class '{className}'.");
    }

    /// <summary>Reads the 32 bytes of an id that was checked before it was stored.</summary>
    public static ObjectId FromBytes(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        return new ObjectId(bytes);
    }

    /// <summary>Whether the id belongs to the class.</summary>
    public bool IsOf(string className)
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Tagged(className, bytes[..BodySize])._tag == _tag;
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _tag);
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToByteArray()
    {
        byte[] bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>The 64 hex digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToByteArray());

    /// <inheritdoc/>
    public bool Equals(ObjectId other) => _a == other._a && _b == other._b && _c == other._c && _tag == other._tag;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ObjectId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _a.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(ObjectId other)
    {
        int order = _a.CompareTo(other._a);
        order = order != 0 ? order : _b.CompareTo(other._b);
        order = order != 0 ? order : _c.CompareTo(other._c);
        return order != 0 ? order : _tag.CompareTo(other._tag);
    }

    /// <summary>Whether two ids are the same.</summary>
    public static bool operator ==(ObjectId left, ObjectId right) => left.Equals(right);

    /// <summary>Whether two ids differ.</summary>
    public static bool operator !=(ObjectId left, ObjectId right) => !left.Equals(right);

    /// <summary>Whether one id sorts before another.</summary>
    public static bool operator <(ObjectId left, ObjectId right) => left.CompareTo(right) < 0;

    /// <summary>Whether one id sorts after another.</summary>
    public static bool operator >(ObjectId left, ObjectId right) => left.CompareTo(right) > 0;

    /// <summary>Whether one id sorts before another or is the same.</summary>
    public static bool operator <=(ObjectId left, ObjectId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one id sorts after another or is the same.</summary>
    public static bool operator >=(ObjectId left, ObjectId right) => left.CompareTo(right) >= 0;

    internal static void CheckName(string name)
    {
        if (name.Length == 0)
        {
            throw DurableObjectException.Invalid("An object's name may not be empty.");
        }
        int bytes = StrictUtf8.ByteCount(name, "The object's name");
        if (bytes > Limits.NameBytes)
        {
            throw DurableObjectException.Invalid(
                $"The object's name has {bytes:N0} bytes; the limit is {Limits.NameBytes:N0} bytes.");
        }
    }

    private static ObjectId Tagged(string className, ReadOnlySpan<byte> body)
    {
        byte[] name = Encoding.UTF8.GetBytes(className);
        Span<byte> source = stackalloc byte[name.Length + 1 + BodySize];
        name.CopyTo(source);
        source[name.Length] = 0;
        body.CopyTo(source[(name.Length + 1)..]);
        Span<byte> bytes = stackalloc byte[BodySize + Size];
        body.CopyTo(bytes);
        SHA256.HashData(source, bytes[BodySize..]);
        return new ObjectId(bytes[..Size]);
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");
}
