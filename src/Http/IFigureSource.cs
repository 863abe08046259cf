using DurableObjects.Diagnostics;

namespace DurableObjects.Http;

/// <summary>Where the endpoints have a host's figures from.</summary>
public interface IFigureSource
{
    /// <summary>The host's own figures, which no class has by itself.</summary>
    IReadOnlyList<HostFigure> Host { get; }

    /// <summary>The figures of a class that the host serves.</summary>
    ClassFigures Of(string className);

    /// <summary>How many objects of a class exist; null where they are too many to be counted for whoever asks.</summary>
    ValueTask<long?> CountObjectsAsync(string className, CancellationToken cancellation);
}

/// <summary>One of a host's own figures.</summary>
/// <param name="Name">Its name in Prometheus, behind <c>durable_objects_</c> and without <c>_total</c>: unit last.</param>
/// <param name="Meaning">What it is, in a sentence.</param>
/// <param name="IsTotal">Whether it only grows, from the start of the process on.</param>
/// <param name="Value">Its value, in base units.</param>
public sealed record HostFigure(string Name, string Meaning, bool IsTotal, double Value);
