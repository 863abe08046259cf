using System.Collections.Frozen;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Webhooks.Deliveries;

/// <summary>The handlers of an application, by source and type of event.</summary>
public sealed class WebhookHandlers
{
    private readonly FrozenDictionary<(string Source, string Type), Type> _byEvent;

    /// <summary>The handlers given.</summary>
    /// <exception cref="ArgumentException">
    /// A class is no handler, is abstract or generic, names no type, or takes what another takes too.
    /// </exception>
    public WebhookHandlers(IEnumerable<Type> handlers)
    {
        ArgumentNullException.ThrowIfNull(handlers);
        Dictionary<(string, string), Type> byEvent = [];
        foreach (Type handler in handlers.Distinct())
        {
            if (!handler.IsSubclassOf(typeof(WebhookHandler)) || handler.IsAbstract || handler.ContainsGenericParameters)
            {
                throw new ArgumentException(
                    $"{handler} does not derive from {nameof(WebhookHandler)}<TPayload>, or is abstract or generic.", nameof(handlers));
            }
            List<(string, string)> events =
            [
                .. handler.GetCustomAttributes<WebhookHandlerAttribute>().SelectMany(one => one.Types.Select(type => (one.Source, type))),
            ];
            if (events.Count == 0)
            {
                throw new ArgumentException($"{handler} has no [WebhookHandler(\"source\", \"type\")].", nameof(handlers));
            }
            foreach ((string Source, string Type) one in events)
            {
                if (!byEvent.TryAdd(one, handler))
                {
                    throw new ArgumentException(
                        $"{handler} and {byEvent[one]} both take '{one.Type}' of '{one.Source}'; one of them can.", nameof(handlers));
                }
            }
        }
        _byEvent = byEvent.ToFrozenDictionary();
    }

    /// <summary>Every class in the assemblies that has a <see cref="WebhookHandlerAttribute"/>.</summary>
    public static WebhookHandlers InAssemblies(params IEnumerable<Assembly> assemblies) => new(assemblies
        .Distinct()
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.IsDefined(typeof(WebhookHandlerAttribute), inherit: false)));

    /// <summary>Whether there is a handler for a source's events of a type.</summary>
    public bool Has(string source, string type) => _byEvent.ContainsKey((source, type));

    /// <summary>The handler for a source's events of a type, with its dependencies; null if there is none.</summary>
    internal WebhookHandler? Create(IServiceProvider services, string source, string type) =>
        _byEvent.TryGetValue((source, type), out Type? handler)
            ? (WebhookHandler)ActivatorUtilities.CreateInstance(services, handler)
            : null;
}
