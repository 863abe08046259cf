namespace DurableObjects;

/// <summary>Where an object is found: its class, its id and, where it was addressed by one, its name.</summary>
/// <param name="ClassName">The published name of the class, such as <c>chat-room</c>.</param>
/// <param name="Id">The object's id, of that class.</param>
/// <param name="Name">The name that the id was made from, or null.</param>
public sealed record ObjectAddress(string ClassName, ObjectId Id, string? Name)
{
    /// <summary>The prefix that marks a key as an id.</summary>
    public const string IdPrefix = "id:";

    /// <summary>The key that stands in routes: the name, or <c>id:</c> and 64 hex digits.</summary>
    public string Key => Name ?? IdPrefix + Id;

    /// <summary>The address of the object with a name.</summary>
    public static ObjectAddress OfName(string className, string name) => new(className, ObjectId.FromName(className, name), name);

    /// <summary>The address that a key of a route means.</summary>
    /// <exception cref="DurableObjectException">The name or the id is malformed, or the id is of another class.</exception>
    public static ObjectAddress OfKey(string className, string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.StartsWith(IdPrefix, StringComparison.Ordinal)
            ? new ObjectAddress(className, ObjectId.Parse(className, key[IdPrefix.Length..]), null)
            : OfName(className, key);
    }

    /// <summary>Class and key, for logs and messages: control characters of a name are escaped.</summary>
    public override string ToString() => $"{ClassName}/{LogText.Of(Key)}";
}
