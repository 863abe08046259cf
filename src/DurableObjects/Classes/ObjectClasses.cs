using System.Collections.Frozen;
using System.Reflection;

namespace DurableObjects;

/// <summary>The object classes that a host serves, by published name and by the interfaces that they implement.</summary>
public sealed class ObjectClasses
{
    private readonly FrozenDictionary<string, ObjectClass> _byName;
    private readonly FrozenDictionary<Type, ObjectClass[]> _byInterface;

    /// <summary>The classes given.</summary>
    /// <exception cref="ArgumentException">A class is not usable, or two have the same name.</exception>
    public ObjectClasses(IEnumerable<Type> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        Dictionary<string, ObjectClass> byName = new(StringComparer.Ordinal);
        foreach (Type type in types.Distinct())
        {
            ObjectClass objectClass = new(type);
            if (!byName.TryAdd(objectClass.Name, objectClass))
            {
                throw new ArgumentException(
                    $"{type} and {byName[objectClass.Name].Type} are both named '{objectClass.Name}'.", nameof(types));
            }
        }
        _byName = byName.ToFrozenDictionary(StringComparer.Ordinal);
        _byInterface = byName.Values
            .SelectMany(objectClass => objectClass.Type.GetInterfaces().Select(type => (type, objectClass)))
            .GroupBy(pair => pair.type, pair => pair.objectClass)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray());
    }

    /// <summary>All of them, by name.</summary>
    public IEnumerable<ObjectClass> All => _byName.Values.OrderBy(one => one.Name, StringComparer.Ordinal);

    /// <summary>Every class in the assemblies that has a <see cref="DurableObjectAttribute"/>.</summary>
    public static ObjectClasses InAssemblies(params IEnumerable<Assembly> assemblies) => new(assemblies
        .Distinct()
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.IsSubclassOf(typeof(DurableObject)) && type.IsDefined(typeof(DurableObjectAttribute), inherit: false)));

    /// <summary>The class with a name.</summary>
    /// <exception cref="DurableObjectException">There is none (404).</exception>
    public ObjectClass Get(string name) => _byName.TryGetValue(name, out ObjectClass? objectClass)
        ? objectClass
        : throw new DurableObjectException(404, ErrorCodes.UnknownClass, $"There is no object class '{name}'.");

    /// <summary>The class with a name, if there is one.</summary>
    public bool TryGet(string name, out ObjectClass? objectClass) => _byName.TryGetValue(name, out objectClass);

    /// <summary>The one class that implements an interface, or the class itself.</summary>
    /// <exception cref="DurableObjectException">None or several do.</exception>
    public ObjectClass ForInterface(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        ObjectClass[] found = _byInterface.GetValueOrDefault(type, []);
        return found.Length switch
        {
            1 => found[0],
            0 => throw new DurableObjectException(404, ErrorCodes.UnknownClass, $"No object class implements {type}."),
            _ => throw DurableObjectException.Invalid(
                $"{type} is implemented by several object classes: {string.Join(", ", found.Select(one => one.Name))}."),
        };
    }
}
