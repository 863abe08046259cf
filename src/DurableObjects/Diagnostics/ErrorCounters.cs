using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace DurableObjects.Diagnostics;

/// <summary>
/// Counts errors by code. Codes may be an object's own, and one that makes up a new code for each error must not take the
/// process's memory with it, nor that of whoever stores its figures.
/// </summary>
internal sealed class ErrorCounters
{
    /// <summary>Different codes of a class that are counted by themselves.</summary>
    public const int MaxCodes = 64;

    /// <summary>What every further code is counted as; OpenTelemetry's word for it.</summary>
    public const string Other = "_OTHER";

    private readonly ConcurrentDictionary<string, StrongBox<long>> _counts = new(StringComparer.Ordinal);

    /// <summary>Counts an error; the code that it was counted under.</summary>
    public string Add(string code)
    {
        if (!_counts.TryGetValue(code, out StrongBox<long>? count))
        {
            code = _counts.Count < MaxCodes ? code : Other;
            count = _counts.GetOrAdd(code, static _ => new StrongBox<long>());
        }
        Interlocked.Increment(ref count.Value);
        return code;
    }

    public IReadOnlyDictionary<string, long> Read() => new SortedDictionary<string, long>(
        _counts.ToDictionary(one => one.Key, one => Volatile.Read(ref one.Value.Value)), StringComparer.Ordinal);
}
