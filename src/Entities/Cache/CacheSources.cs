using Microsoft.Extensions.Configuration;

namespace DurableObjects.Entities;

/// <summary>The sources that caches may ask: those of the application's code, and those that are configured.</summary>
public sealed class CacheSources
{
    /// <summary>
    /// The section of the configuration. <c>Cache:Sources:{name}:Url</c> is where a source is asked, with <c>{key}</c> for the key;
    /// <c>Cache:Sources:{name}:Headers:{header}</c> are headers that go along; the others are those of <see cref="CacheOptions"/>.
    /// </summary>
    public const string Section = "Cache:Sources";

    /// <summary>The error code of a source that there is not.</summary>
    public const string UnknownSource = "unknown-source";

    private readonly Dictionary<string, (ICacheSource Source, CacheOptions Options)> _all = new(StringComparer.Ordinal);

    /// <summary>The sources given, and those of a configuration.</summary>
    /// <exception cref="ArgumentException">A source cannot be used; the text says why.</exception>
    public CacheSources(
        IEnumerable<CacheSourceEntry> entries, IConfiguration? configuration = null, IHttpClientFactory? clients = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        foreach (CacheSourceEntry entry in entries)
        {
            Add(entry.Name, entry.Source, entry.Options);
        }
        foreach (IConfigurationSection section in configuration?.GetSection(Section).GetChildren() ?? [])
        {
            Dictionary<string, string> headers = section.GetSection("Headers").GetChildren()
                .ToDictionary(one => one.Key, one => one.Value ?? "");
            HttpCacheSource source = new(
                section.Key, section["Url"] ?? "", headers, clients ?? throw new ArgumentNullException(nameof(clients)));
            Add(section.Key, source, section.Get<CacheOptions>() ?? new CacheOptions());
        }
    }

    /// <summary>The source that an object's name begins with, and the key after it.</summary>
    /// <exception cref="DurableObjectException">There is no such source (404), or no key (400).</exception>
    internal (ICacheSource Source, CacheOptions Options, string Key) Find(string? name)
    {
        int colon = name?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 1 || colon == name!.Length - 1)
        {
            throw Argument.Invalid("A cache's name is '{source}:{key}'; this one has no source, or no key.");
        }
        return _all.TryGetValue(name[..colon], out (ICacheSource Source, CacheOptions Options) found)
            ? (found.Source, found.Options, name[(colon + 1)..])
            : throw new DurableObjectException(404, UnknownSource, $"There is no source '{name[..colon]}' for caches.");
    }

    private void Add(string name, ICacheSource source, CacheOptions options)
    {
        // A key that begins with 'id:' is an object's id.
        if (name is "" or "id" || name.Contains(':', StringComparison.Ordinal))
        {
            throw new ArgumentException($"A cache's source cannot be called '{name}': not 'id', and without a colon.");
        }
        options.Check(name);
        if (!_all.TryAdd(name, (source, options)))
        {
            throw new ArgumentException($"There are two sources for caches called '{name}'.");
        }
    }
}

/// <summary>A source of the application's code.</summary>
/// <param name="Name">What objects' names begin with.</param>
/// <param name="Source">The source.</param>
/// <param name="Options">How its values are kept.</param>
public sealed record CacheSourceEntry(string Name, ICacheSource Source, CacheOptions Options);
