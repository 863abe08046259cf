using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.CompilerServices;
using DurableObjects.Classes;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects;

/// <summary>A class deriving from <see cref="DurableObject"/>, as registered under its published name.</summary>
public sealed class ObjectClass
{
    /// <summary>Where a method would stand in a route, every object has something else: its requests and its sockets.</summary>
    private static readonly string[] ReservedNames = ["fetch", "negotiate"];

    private readonly FrozenDictionary<string, ObjectMethod> _methods;
    private readonly ObjectFactory _factory;

    internal ObjectClass(Type type)
    {
        Type = type;
        IsRuntime = type.IsDefined(typeof(RuntimeClassAttribute), inherit: false);
        Name = type.GetCustomAttribute<DurableObjectAttribute>()?.Name
            ?? throw new ArgumentException($"{type} has no [DurableObject(\"name\")].", nameof(type));
        PublishedName.Check(Name, type, nameof(type));
        if (type.IsAbstract || type.ContainsGenericParameters)
        {
            throw new ArgumentException($"{type} is abstract or generic and cannot be an object class.", nameof(type));
        }
        Dictionary<string, ObjectMethod> methods = new(StringComparer.OrdinalIgnoreCase);
        foreach (MethodInfo method in CallableMethods(type))
        {
            ObjectMethod callable = new(method, Name);
            if (ReservedNames.Contains(callable.Name, StringComparer.OrdinalIgnoreCase))
            {
                throw new ArgumentException(
                    $"{type} has a method '{callable.Name}', which is the name of a route that every object has.", nameof(type));
            }
            if (!methods.TryAdd(callable.Name, callable))
            {
                throw new ArgumentException(
                    $"{type} has two methods '{callable.Name}'. Callers tell methods apart by name alone.", nameof(type));
            }
        }
        _methods = methods.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        HearsOfReturns = Array.Exists(type.GetMethods(BindingFlags.Instance | BindingFlags.NonPublic), method =>
            method.Name == nameof(DurableObject.OnReturned) && method.DeclaringType != typeof(DurableObject)
            && method.GetBaseDefinition().DeclaringType == typeof(DurableObject));
        _factory = ActivatorUtilities.CreateFactory(type, [typeof(ObjectContext)]);
    }

    /// <summary>The published name.</summary>
    public string Name { get; }

    /// <summary>The class.</summary>
    public Type Type { get; }

    /// <summary>Whether the class is the runtime's own, so that nobody outside reaches its objects as such.</summary>
    public bool IsRuntime { get; }

    /// <summary>What can be called.</summary>
    public IReadOnlyCollection<ObjectMethod> Methods => _methods.Values;

    /// <summary>The method with a name, compared without regard to case.</summary>
    /// <exception cref="DurableObjectException">There is none (404).</exception>
    public ObjectMethod Method(string name) => _methods.TryGetValue(name, out ObjectMethod? method)
        ? method
        : throw new DurableObjectException(
            404, ErrorCodes.UnknownMethod,
            $"The class '{Name}' has no method '{name}'; it has {string.Join(", ", _methods.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>Whether the class overrides <see cref="DurableObject.OnReturned"/>.</summary>
    internal bool HearsOfReturns { get; }

    internal DurableObject Create(IServiceProvider services, ObjectContext context) =>
        (DurableObject)_factory(services, [context]);

    private static IEnumerable<MethodInfo> CallableMethods(Type type)
    {
        for (Type? level = type; level is not null && level != typeof(DurableObject); level = level.BaseType)
        {
            foreach (MethodInfo method in level.GetMethods(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                bool isOverride = method.GetBaseDefinition().DeclaringType != level;
                if (method.IsSpecialName || isOverride || method.DeclaringType == typeof(object) || IsDisposal(method))
                {
                    continue;
                }
                if (method.IsGenericMethod || method.GetParameters().Any(parameter => parameter.ParameterType.IsByRef))
                {
                    throw new ArgumentException(
                        $"{type}.{method.Name} is generic or has ref parameters; it cannot be called from outside.");
                }
                if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)))
                {
                    throw new ArgumentException($"{type}.{method.Name} is async void: nobody could wait for it or see its error.");
                }
                yield return method;
            }
        }
    }

    private static bool IsDisposal(MethodInfo method) =>
        method.Name is nameof(IDisposable.Dispose) or nameof(IAsyncDisposable.DisposeAsync) && method.GetParameters().Length == 0;
}
