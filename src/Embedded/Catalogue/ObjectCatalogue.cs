using System.Collections.Concurrent;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Catalogue;

/// <summary>
/// All objects, in memory. It is rebuilt at start from its snapshot and the journal, and drives listing, the alarm clock and what
/// must be resumed after a restart; nothing ever opens every object.
/// </summary>
internal sealed class ObjectCatalogue
{
    private readonly ConcurrentDictionary<ObjectId, CatalogueEntry> _entries = new();
    private readonly ConcurrentDictionary<string, ClassIndex> _classes = new(StringComparer.Ordinal);

    public ICollection<CatalogueEntry> Entries => _entries.Values;

    /// <summary>The entry of an object, or a new one, which joins the catalogue with the object's first durable commit.</summary>
    public CatalogueEntry FindOrNew(ObjectAddress address) => _entries.GetValueOrDefault(address.Id) ?? new CatalogueEntry(address);

    /// <summary>The entry of an object that has committed.</summary>
    public CatalogueEntry? Find(ObjectId id) => _entries.GetValueOrDefault(id);

    /// <summary>Takes note of a durable commit.</summary>
    public void Committed(CatalogueEntry entry, ObjectSummary summary, long record, bool isWhole)
    {
        if (entry.FirstRecord < 0)
        {
            entry.FirstRecord = record;
        }
        entry.LastWhole = isWhole ? record : entry.LastWhole;
        Set(entry, summary, record);
    }

    /// <summary>Puts an entry in, or gives it another summary.</summary>
    public void Set(CatalogueEntry entry, ObjectSummary summary, long record)
    {
        bool existed = entry.Summary.Exists;
        if (entry.LastRecord < 0)
        {
            _entries[entry.Address.Id] = entry;
        }
        entry.LastRecord = record;
        entry.Summary = summary;
        if (summary.Exists != existed)
        {
            Index(entry.Address.ClassName).Set(entry, summary.Exists);
        }
    }

    /// <summary>
    /// Takes note of an object's name, which it is listed under from now on. It is durable with the object's next commit; until
    /// then nothing is lost by forgetting it. Not while a commit of the object is on its way.
    /// </summary>
    public void Name(CatalogueEntry entry, string name)
    {
        ClassIndex index = Index(entry.Address.ClassName);
        index.Set(entry, exists: false);
        entry.Address = entry.Address with { Name = name };
        if (entry.Summary.Exists)
        {
            index.Set(entry, exists: true);
        }
    }

    /// <summary>Forgets an object altogether.</summary>
    public void Remove(CatalogueEntry entry)
    {
        _entries.TryRemove(new KeyValuePair<ObjectId, CatalogueEntry>(entry.Address.Id, entry));
        Index(entry.Address.ClassName).Set(entry, exists: false);
    }

    /// <summary>Existing objects of a class in the ordinal order of their keys.</summary>
    public IReadOnlyList<CatalogueEntry> List(string className, string prefix, string? after, int limit) =>
        Index(className).List(prefix, after, limit);

    /// <summary>How many objects of a class exist.</summary>
    public int CountOf(string className) => Index(className).Count;

    private ClassIndex Index(string className) => _classes.GetOrAdd(className, static _ => new ClassIndex());

    /// <summary>The objects of one class in the order of their keys.</summary>
    private sealed class ClassIndex
    {
        private static readonly IComparer<(string Key, CatalogueEntry? Entry)> ByKey =
            Comparer<(string Key, CatalogueEntry? Entry)>.Create((left, right) => string.CompareOrdinal(left.Key, right.Key));

        private readonly SortedSet<(string Key, CatalogueEntry? Entry)> _keys = new(ByKey);
        private readonly Lock _lock = new();

        public int Count
        {
            get
            {
                lock (_lock)
                {
                    return _keys.Count;
                }
            }
        }

        public void Set(CatalogueEntry entry, bool exists)
        {
            lock (_lock)
            {
                _ = exists ? _keys.Add((entry.Address.Key, entry)) : _keys.Remove((entry.Address.Key, null));
            }
        }

        public List<CatalogueEntry> List(string prefix, string? after, int limit)
        {
            string from = after is not null && string.CompareOrdinal(after, prefix) > 0 ? after : prefix;
            List<CatalogueEntry> found = [];
            lock (_lock)
            {
                if (_keys.Count == 0 || string.CompareOrdinal(_keys.Max.Key, from) < 0)
                {
                    return found;
                }
                foreach ((string key, CatalogueEntry? entry) in _keys.GetViewBetween((from, null), _keys.Max))
                {
                    if (found.Count == limit || !key.StartsWith(prefix, StringComparison.Ordinal))
                    {
                        break;
                    }
                    if (after is null || string.CompareOrdinal(key, after) > 0)
                    {
                        found.Add(entry!);
                    }
                }
            }
            return found;
        }
    }
}
