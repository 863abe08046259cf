using System.Collections.Frozen;
using System.Reflection;
using DurableObjects.Classes;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Workflows;

/// <summary>The workflows and activities that a host runs, by published name.</summary>
public sealed class WorkflowClasses
{
    private readonly FrozenDictionary<string, Type> _workflows;
    private readonly FrozenDictionary<string, Type> _activities;
    private readonly FrozenDictionary<Type, string> _names;

    /// <summary>The classes given: workflows and activities.</summary>
    /// <exception cref="ArgumentException">
    /// A class is not usable, or two have the same name, unless one of them is <see cref="ActivityAttribute.IsDefault"/>.
    /// </exception>
    public WorkflowClasses(IEnumerable<Type> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        Type[] all = [.. types.Distinct()];
        _workflows = ByName(all.Where(type => type.IsSubclassOf(typeof(Workflow))), "[Workflow]", WorkflowName);
        _activities = ByName(all.Where(type => type.IsSubclassOf(typeof(Activity))), "[Activity]", ActivityName);
        // Also of a default that stands aside: whoever asks for it by its class gets what took its place.
        _names = all
            .Where(type => type.IsSubclassOf(typeof(Workflow)) || type.IsSubclassOf(typeof(Activity)))
            .ToFrozenDictionary(type => type, type => (WorkflowName(type) ?? ActivityName(type))!);
    }

    /// <summary>The workflows' names, in order.</summary>
    public IEnumerable<string> Workflows => _workflows.Keys.Order(StringComparer.Ordinal);

    /// <summary>The activities' names, in order.</summary>
    public IEnumerable<string> Activities => _activities.Keys.Order(StringComparer.Ordinal);

    /// <summary>Every class in the assemblies that has a <see cref="WorkflowAttribute"/> or an <see cref="ActivityAttribute"/>.</summary>
    public static WorkflowClasses InAssemblies(params IEnumerable<Assembly> assemblies) => new(assemblies
        .Distinct()
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => !type.IsAbstract && (WorkflowName(type) ?? ActivityName(type)) is not null));

    /// <summary>The name of a workflow's class.</summary>
    /// <exception cref="DurableObjectException">It is not one of these (404).</exception>
    public string NameOf<TWorkflow>()
        where TWorkflow : Workflow => Published(typeof(TWorkflow), ErrorCodes.UnknownWorkflow);

    /// <summary>Refuses the name of no workflow.</summary>
    /// <exception cref="DurableObjectException">There is none (404).</exception>
    public void CheckWorkflow(string name) => Find(_workflows, name, ErrorCodes.UnknownWorkflow, "workflow");

    internal string ActivityNameOf<TActivity>()
        where TActivity : Activity => Published(typeof(TActivity), ErrorCodes.UnknownActivity);

    internal Workflow CreateWorkflow(IServiceProvider services, string name) =>
        (Workflow)ActivatorUtilities.CreateInstance(services, Find(_workflows, name, ErrorCodes.UnknownWorkflow, "workflow"));

    internal Activity CreateActivity(IServiceProvider services, string name) =>
        (Activity)ActivatorUtilities.CreateInstance(services, Find(_activities, name, ErrorCodes.UnknownActivity, "activity"));

    private static string? WorkflowName(Type type) => type.GetCustomAttribute<WorkflowAttribute>()?.Name;

    private static string? ActivityName(Type type) => type.GetCustomAttribute<ActivityAttribute>()?.Name;

    private static bool IsDefault(Type type) => type.GetCustomAttribute<ActivityAttribute>()?.IsDefault == true;

    private static Type Find(FrozenDictionary<string, Type> known, string name, string code, string what) =>
        known.TryGetValue(name, out Type? type)
            ? type
            : throw new DurableObjectException(
                404, code, $"There is no {what} '{name}'; there is {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}.");

    private static FrozenDictionary<string, Type> ByName(IEnumerable<Type> types, string attribute, Func<Type, string?> nameOf)
    {
        Dictionary<string, Type> byName = new(StringComparer.Ordinal);
        foreach (Type type in types)
        {
            string name = nameOf(type) ?? throw new ArgumentException($"{type} has no {attribute} with its name.", nameof(types));
            PublishedName.Check(name, type, nameof(types));
            if (type.IsAbstract || type.ContainsGenericParameters)
            {
                throw new ArgumentException($"{type} is abstract or generic and cannot be run.", nameof(types));
            }
            if (!byName.TryAdd(name, type) && IsDefault(type) == IsDefault(byName[name]))
            {
                throw new ArgumentException($"{type} and {byName[name]} are both named '{name}'.", nameof(types));
            }
            byName[name] = IsDefault(type) ? byName[name] : type;
        }
        return byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private string Published(Type type, string code) => _names.TryGetValue(type, out string? name)
        ? name
        : throw new DurableObjectException(404, code, $"{type} is not among the workflows and activities of this host.");
}
