using DurableObjects.Diagnostics;
using DurableObjects.Functions.Catalogue;
using DurableObjects.Functions.Databases;
using DurableObjects.Functions.Http;
using DurableObjects.FunctionsEngine.Blobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Functions.Tests.Http;

public sealed class WorkerFiguresTests : IDisposable
{
    private readonly BlobCatalogue _catalogue = new(new MemoryBlobContainer(TimeProvider.System));
    private readonly CacheFolder _folder = new(Directory.CreateTempSubdirectory("figures-").FullName, NullLogger<CacheFolder>.Instance);
    private readonly AwakeObjects _awake;
    private readonly ObjectDiagnostics _diagnostics = new();
    private readonly WorkerFigures _figures;

    public WorkerFiguresTests()
    {
        _awake = new AwakeObjects(_folder, new AzureHostOptions(), TimeProvider.System, NullLogger<AwakeObjects>.Instance);
        _figures = new WorkerFigures(_diagnostics, _awake, _catalogue);
    }

    public void Dispose()
    {
        _diagnostics.Dispose();
        _awake.Dispose();
        string parent = Path.GetDirectoryName(_folder.Path)!;
        _folder.Dispose();
        Directory.Delete(parent, recursive: true);
    }

    [Fact]
    public async Task Objects_are_counted_by_their_class_up_to_a_number_that_a_few_requests_bring()
    {
        const int Most = 20_000;
        await AddAsync("door", 0, 3);
        await AddAsync("room", 0, Most);
        Assert.Equal(3, await _figures.CountObjectsAsync("door", default));
        Assert.Equal(0, await _figures.CountObjectsAsync("hall", default));
        Assert.Equal(Most, await _figures.CountObjectsAsync("room", default));

        await AddAsync("room", Most, 1);
        Assert.Null(await _figures.CountObjectsAsync("room", default));
    }

    private async Task AddAsync(string className, int from, int count)
    {
        foreach (int number in Enumerable.Range(from, count))
        {
            await _catalogue.AddAsync(ObjectAddress.OfName(className, $"{number}"), default);
        }
    }
}
