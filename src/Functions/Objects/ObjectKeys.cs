using DurableObjects.Functions.Sockets;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.Functions.Objects;

/// <summary>
/// Which entity an object is: <c>@object@{class}.{id}</c>. The storage keys that Durable Functions makes of it allow neither slash nor
/// backslash, hash or question mark.
/// </summary>
public static class ObjectKeys
{
    /// <summary>The entity of objects.</summary>
    public const string Entity = "object";

    private const int IdCharacters = 2 * ObjectId.Size;

    /// <summary>The entity of an object.</summary>
    public static EntityInstanceId EntityOf(string className, ObjectId id) => new(Entity, KeyOf(className, id));

    /// <summary>The entity of an object.</summary>
    public static EntityInstanceId EntityOf(ObjectAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return EntityOf(address.ClassName, address.Id);
    }

    /// <summary>The relay of an object.</summary>
    public static EntityInstanceId RelayOf(ObjectAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return new EntityInstanceId(RelayEntity.Name, KeyOf(address.ClassName, address.Id));
    }

    /// <summary>The class and the id of a key.</summary>
    /// <exception cref="FormatException">The key is not one that this host has made.</exception>
    public static (string ClassName, ObjectId Id) Parse(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int dot = key.Length - IdCharacters - 1;
        if (dot <= 0 || key[dot] != '.' || !key.AsSpan(dot + 1).ContainsOnlyHexDigits())
        {
            throw new FormatException($"'{key}' is not the key of an object's entity.");
        }
        return (key[..dot], ObjectId.FromBytes(Convert.FromHexString(key.AsSpan(dot + 1))));
    }

    private static string KeyOf(string className, ObjectId id) => $"{className}.{id}";

    private static bool ContainsOnlyHexDigits(this ReadOnlySpan<char> text)
    {
        foreach (char one in text)
        {
            if (!char.IsAsciiHexDigitLower(one))
            {
                return false;
            }
        }
        return true;
    }
}
