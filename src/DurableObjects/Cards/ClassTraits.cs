using System.Reflection;
using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Cards;

/// <summary>
/// The words by which a card tells what a class does, each derived from the class. What every object has by the model is none of them.
/// </summary>
internal sealed class ClassTraits
{
    private const BindingFlags Handlers = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly Type _type;
    private readonly HashSet<(Type Owner, string Name)> _used;

    public ClassTraits(ObjectClass objectClass, StorageSchema schema)
    {
        _type = objectClass.Type;
        _used = UsedMembers.Of(_type);
        HasReadOnlyMethods = objectClass.Methods.Any(method => method.IsReadOnly);
        Patterns =
        [
            .. Bases().Distinct(),
            .. Words(
                ("sql", Uses<ObjectSql>(nameof(ObjectSql.Exec))),
                ("key-value", Uses<ObjectStorage>(
                    nameof(ObjectStorage.Get), nameof(ObjectStorage.TryGet), nameof(ObjectStorage.Put), nameof(ObjectStorage.Delete),
                    nameof(ObjectStorage.List))),
                ("alarm", Overrides(nameof(DurableObject.OnAlarm))),
                ("hibernating-sockets", Overrides(nameof(DurableObject.OnSocketOpened))),
                ("http-requests", Overrides(nameof(DurableObject.OnFetch))),
                ("recovery-points", Uses<ObjectStorage>(
                    $"get_{nameof(ObjectStorage.RecoveryPoints)}", nameof(ObjectStorage.BookmarkForTimeAsync),
                    nameof(ObjectStorage.RestoreOnNextWakeAsync))),
                ("ends-itself", Uses<ObjectStorage>(nameof(ObjectStorage.DeleteAll)))),
        ];
        Coordination = Words(
            ("signals-exactly-once", Uses<ObjectSignals>(nameof(ObjectSignals.Signal))),
            ("workflows", _used.Any(one => one.Owner == typeof(ObjectWorkflows))),
            ("socket-broadcast", Uses<ObjectSockets>(nameof(ObjectSockets.Send))),
            ("socket-tags", Uses<ObjectSockets>(nameof(ObjectSockets.SendToTag)) || Uses<ObjectSocket>(nameof(ObjectSocket.SetTags))),
            ("nested-transactions", Uses<ObjectStorage>(nameof(ObjectStorage.Transaction), nameof(ObjectStorage.TransactionAsync))),
            ("caller-identity", Uses<ObjectContext>($"get_{nameof(ObjectContext.Caller)}")));
        Optimization = Words(
            ("read-only-methods", HasReadOnlyMethods),
            ("automatic-answers", Uses<ObjectSockets>(nameof(ObjectSockets.SetAutoResponse))),
            ("socket-attachments", Uses<ObjectSocket>(nameof(ObjectSocket.SetAttachment))),
            ("indexes", schema.Tables.Any(table => table.Indexes.Count > 0)),
            ("memory-rebuilt-on-wake", Overrides(nameof(DurableObject.OnWake))));
    }

    /// <summary>Whether readers serve some of its methods.</summary>
    public bool HasReadOnlyMethods { get; }

    /// <summary>What kind of object it is.</summary>
    public IReadOnlyList<string> Patterns { get; }

    /// <summary>What it has to do with callers, other objects and workflows.</summary>
    public IReadOnlyList<string> Coordination { get; }

    /// <summary>What it does so that it costs less.</summary>
    public IReadOnlyList<string> Optimization { get; }

    private static List<string> Words(params IEnumerable<(string Word, bool Holds)> all) =>
        [.. all.Where(one => one.Holds).Select(one => one.Word)];

    private bool Uses<TOwner>(params IEnumerable<string> names) => names.Any(name => _used.Contains((typeof(TOwner), name)));

    private bool Overrides(string handler) => _type.GetMethods(Handlers).Any(method =>
        method.Name == handler && method.DeclaringType != typeof(DurableObject)
        && method.GetBaseDefinition().DeclaringType == typeof(DurableObject));

    /// <summary>An abstract base is a pattern by its name: of a <c>StateMachineObject</c>, state-machine.</summary>
    private IEnumerable<string> Bases()
    {
        const string Suffix = "Object";
        foreach (Type level in UsedMembers.Levels(_type).Where(level => level.IsAbstract))
        {
            string name = level.Name.Split('`')[0];
            yield return JsonNamingPolicy.KebabCaseLower.ConvertName(
                name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name);
        }
    }
}
