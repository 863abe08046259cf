using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace DurableObjects.Diagnostics;

/// <summary>
/// What a process tells of its objects: figures for each class, which are always kept, and a meter and a source of traces under
/// the name <see cref="Name"/>, for whoever listens.
/// </summary>
public sealed class ObjectDiagnostics : IDisposable
{
    /// <summary>The name of the meter and of the source of traces.</summary>
    public const string Name = "DurableObjects";

    private readonly ConcurrentDictionary<string, ClassDiagnostics> _classes = new(StringComparer.Ordinal);
    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly ObjectInstruments _instruments;

    /// <summary>Diagnostics that nothing has happened to yet.</summary>
    /// <param name="meters">Makes the meter, where a host offers it; otherwise this owns one.</param>
    public ObjectDiagnostics(IMeterFactory? meters = null)
    {
        MeterOptions options = new(Name) { Version = RuntimeVersions.DurableObjects };
        _ownsMeter = meters is null;
        _meter = meters?.Create(options) ?? new Meter(options);
        _instruments = new ObjectInstruments(_meter);
    }

    /// <summary>The meter, for instruments of the host's own.</summary>
    public Meter Meter => _meter;

    internal ActivitySource Activities { get; } = new(Name, RuntimeVersions.DurableObjects);

    /// <summary>The diagnostics of a class, which is one that the host serves.</summary>
    public ClassDiagnostics Of(string className) => _classes.GetOrAdd(
        className, static (name, own) => new ClassDiagnostics(name, own.Activities, own._instruments), this);

    /// <summary>Ends the meter and the source of traces. A meter from a factory is the factory's to end.</summary>
    public void Dispose()
    {
        Activities.Dispose();
        if (_ownsMeter)
        {
            _meter.Dispose();
        }
    }
}
