using System.Text.Json;
using System.Text.Json.Nodes;

namespace DurableObjects.Entities;

/// <summary>
/// The events of a class, by names that are stored and so outlive what the C# types are called. Built once, for all instances:
/// <c>new EventTypes&lt;IOrderEvent&gt;().Add&lt;Placed&gt;("placed").Add&lt;Paid&gt;("paid", from1 => …)</c>.
/// </summary>
/// <remarks>
/// Stored events are never rewritten. A type is in the version after its last upcast; each upcast turns the data of one version into
/// those of the next, the first those of version 1. An upcast that was deployed stays for as long as there are objects with such events.
/// </remarks>
public sealed class EventTypes<TEvent>
    where TEvent : class
{
    /// <summary>Characters of a type's name.</summary>
    public const int NameCharacters = 64;

    private readonly Dictionary<string, EventType> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, EventType> _byType = [];

    /// <summary>Adds a type.</summary>
    /// <param name="name">What it is stored as: 1 to <see cref="NameCharacters"/> characters, the same for ever.</param>
    /// <param name="upcasts">Turns data of version 1 into those of version 2, and so on.</param>
    /// <exception cref="ArgumentException">The name or the type is there already, or the name has no length that is allowed.</exception>
    public EventTypes<TEvent> Add<T>(string name, params IReadOnlyList<Func<JsonObject, JsonObject>> upcasts)
        where T : class, TEvent
    {
        EventType type = AddName(name, typeof(T), name, upcasts);
        return _byType.TryAdd(typeof(T), type)
            ? this
            : throw new ArgumentException($"{typeof(T)} is '{_byType[typeof(T)].Name}' already; for a name of former times use AddFormer.");
    }

    /// <summary>Adds a name under which a type, added before, was stored in former times.</summary>
    /// <param name="name">The former name.</param>
    /// <param name="upcasts">
    /// Turns data of version 1 under that name into those of version 2, and so on; the last into the type's newest.
    /// </param>
    /// <exception cref="ArgumentException">The name is there already, or the type is not there yet.</exception>
    public EventTypes<TEvent> AddFormer<T>(string name, params IReadOnlyList<Func<JsonObject, JsonObject>> upcasts)
        where T : class, TEvent
    {
        if (!_byType.TryGetValue(typeof(T), out EventType? now))
        {
            throw new ArgumentException($"{typeof(T)} has no name yet; add it before its former names.");
        }
        AddName(name, typeof(T), now.Name, upcasts);
        return this;
    }

    /// <summary>The name and version to store an event under.</summary>
    internal (string Name, int Version) Of(TEvent @event) => _byType.TryGetValue(@event.GetType(), out EventType? type)
        ? (type.Name, type.Version)
        : throw new InvalidOperationException($"{@event.GetType()} is not among the class's event types.");

    /// <summary>A stored event as the class knows it today.</summary>
    internal TEvent Read(EventRow row)
    {
        EventType type = Find(row);
        try
        {
            object? read = type.IsNewest(row.Version)
                ? JsonSerializer.Deserialize(row.Data, type.Type, ObjectJson.Options)
                : type.Upcast(row).Deserialize(type.Type, ObjectJson.Options);
            return read as TEvent ?? throw Unreadable(row, new JsonException("it is null"));
        }
        catch (Exception error) when (error is not DurableObjectException)
        {
            throw Unreadable(row, error);
        }
    }

    /// <summary>A stored event as readers outside see it.</summary>
    internal StoredEvent Show(EventRow row)
    {
        EventType type = Find(row);
        try
        {
            JsonElement data = type.IsNewest(row.Version)
                ? JsonElement.Parse(row.Data)
                : JsonSerializer.SerializeToElement(type.Upcast(row), ObjectJson.Options);
            return new StoredEvent(row.Position, row.Stream, type.NameNow, _byType[type.Type].Version, row.At, data);
        }
        catch (Exception error) when (error is not DurableObjectException)
        {
            throw Unreadable(row, error);
        }
    }

    private static DurableObjectException Unreadable(EventRow row, Exception error) => new(
        500, EventSourcing.UnreadableEvent,
        $"Event {row.Position}, '{row.Type}' in version {row.Version}, cannot be read: {error.Message}", error);

    private EventType Find(EventRow row)
    {
        if (!_byName.TryGetValue(row.Type, out EventType? type))
        {
            throw new DurableObjectException(
                500, EventSourcing.UnknownEvent, $"Event {row.Position} has the type '{row.Type}', which the class does not know.");
        }
        return row.Version >= 1 && row.Version <= type.Version ? type : throw new DurableObjectException(
            500, EventSourcing.UnknownEvent,
            $"Event {row.Position} has the type '{row.Type}' in version {row.Version}; the class knows it up to version {type.Version}.");
    }

    private EventType AddName(string name, Type type, string nameNow, IReadOnlyList<Func<JsonObject, JsonObject>> upcasts)
    {
        ArgumentNullException.ThrowIfNull(upcasts);
        if (name is not { Length: >= 1 and <= NameCharacters })
        {
            throw new ArgumentException($"The event type '{name}' must have 1 to {NameCharacters} characters.", nameof(name));
        }
        EventType added = new(name, type, nameNow, upcasts);
        return _byName.TryAdd(name, added) ? added : throw new ArgumentException($"There are two event types '{name}'.", nameof(name));
    }

    private sealed record EventType(string Name, Type Type, string NameNow, IReadOnlyList<Func<JsonObject, JsonObject>> Upcasts)
    {
        public int Version => Upcasts.Count + 1;

        public bool IsNewest(int version) => version == Version;

        public JsonObject Upcast(EventRow row) => Upcasts.Skip(row.Version - 1)
            .Aggregate(JsonNode.Parse(row.Data)!.AsObject(), (data, upcast) => upcast(data));
    }
}
