using DurableObjects.Diagnostics;
using DurableObjects.Functions.Catalogue;
using DurableObjects.Functions.Databases;
using DurableObjects.Http;

namespace DurableObjects.Functions.Http;

/// <summary>
/// The figures of this worker alone: the platform runs as many as it wants, and on some plans triggers and entities in different ones.
/// What is to be added up is exported by OpenTelemetry.
/// </summary>
/// <param name="diagnostics">What is told of the objects.</param>
/// <param name="awake">Objects in memory.</param>
/// <param name="catalogue">Which objects there are.</param>
public sealed class WorkerFigures(ObjectDiagnostics diagnostics, AwakeObjects awake, BlobCatalogue catalogue) : IFigureSource
{
    /// <summary>Objects of a class that are counted. A listing of blobs is one request for each 5,000: four.</summary>
    private const int MostCounted = 20_000;

    /// <inheritdoc/>
    public IReadOnlyList<HostFigure> Host =>
    [
        new("databases", "Databases of objects that are open or kept in this worker.", IsTotal: false, awake.Count),
    ];

    /// <inheritdoc/>
    public ClassFigures Of(string className) =>
        diagnostics.Of(className).Read() with { LiveObjects = awake.CountOf(className) };

    /// <inheritdoc/>
    public async ValueTask<long?> CountObjectsAsync(string className, CancellationToken cancellation)
    {
        long counted = 0;
        await foreach (ObjectAddress _ in catalogue.ListAsync(className, "", null, cancellation))
        {
            if (++counted > MostCounted)
            {
                return null;
            }
        }
        return counted;
    }
}
