using System.Reflection;
using Azure.Storage.Blobs;
using DurableObjects.Functions.Blobs;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.Harness;
using Xunit.Sdk;

namespace DurableObjects.Functions.Tests.Blobs;

/// <summary>Makes containers for tests that run over both kinds of storage; one Azurite for all, from the first that needs it.</summary>
public sealed class StorageFixture : IAsyncLifetime
{
    private readonly SemaphoreSlim _starting = new(1, 1);
    private Azurite? _azurite;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _starting.Dispose();
        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
        }
    }

    /// <summary>An empty container.</summary>
    public async Task<IBlobContainer> NewAsync(string storage, FakeClock? clock = null) => storage == StoragesAttribute.Memory
        ? new MemoryBlobContainer(clock ?? new FakeClock())
        : new AzureBlobContainer(await NewClientAsync(BlobContainerFactory.ClientOptions()), createsContainer: true);

    /// <summary>A client of a container in Azurite that is not there yet.</summary>
    public async Task<BlobContainerClient> NewClientAsync(BlobClientOptions options) =>
        new(await ConnectionStringAsync(), $"test-{Guid.NewGuid():n}", options);

    /// <summary>The connection string of Azurite.</summary>
    public async Task<string> ConnectionStringAsync()
    {
        await _starting.WaitAsync();
        try
        {
            _azurite ??= await Azurite.StartAsync();
            return _azurite.ConnectionString;
        }
        finally
        {
            _starting.Release();
        }
    }
}

/// <summary>The tests that share one Azurite.</summary>
[CollectionDefinition(Name)]
public sealed class StorageCollection : ICollectionFixture<StorageFixture>
{
    public const string Name = "storage";
}

/// <summary>Runs a test over each kind of storage: its first argument says over which.</summary>
public sealed class StoragesAttribute : DataAttribute
{
    public const string Memory = "memory";
    public const string Azurite = "azurite";

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        Blobs.Azurite.IsWanted ? [[Memory], [Azurite]] : [[Memory]];
}

/// <summary>A test of Azure's client against Azurite.</summary>
public sealed class AzuriteFactAttribute : FactAttribute
{
    public AzuriteFactAttribute() => Skip = Azurite.IsWanted ? null : $"{Azurite.Switch}=off";
}
