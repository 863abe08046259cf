using DurableObjects.Functions.Blobs;
using Microsoft.Extensions.Configuration;

namespace DurableObjects.Functions.Tests.Blobs;

/// <summary>Where the settings lead, and what is said of settings that lead nowhere.</summary>
[Collection(StorageCollection.Name)]
public class BlobContainerFactoryTests(StorageFixture storages)
{
    [Theory]
    [InlineData(Settings.ArchiveServiceUri, "https://account.blob.core.windows.net")]
    [InlineData(Settings.ArchiveServiceUri, "https://account.blob.core.windows.net/")]
    [InlineData(Settings.ArchiveConnectionString, "UseDevelopmentStorage=true")]
    [InlineData(Settings.HostStorage, "UseDevelopmentStorage=true")]
    [InlineData(Settings.HostStorageAccountName, "account")]
    [InlineData(Settings.HostStorageBlobServiceUri, "https://account.blob.core.usgovcloudapi.net")]
    public void Each_of_them_is_enough(string setting, string value)
    {
        Assert.NotNull(Create((setting, value)));
        Assert.NotNull(Create((setting, value), (Settings.ClientId, "00000000-0000-0000-0000-000000000001")));
    }

    [Fact]
    public void Without_any_the_message_names_those_that_would_do()
    {
        string message = Refused();
        Assert.Contains(Settings.ArchiveServiceUri, message, StringComparison.Ordinal);
        Assert.Contains(Settings.ArchiveConnectionString, message, StringComparison.Ordinal);
        Assert.Contains(Settings.HostStorage, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Settings.ArchiveServiceUri, "account")]
    [InlineData(Settings.ArchiveServiceUri, "http://account.blob.core.windows.net")]
    [InlineData(Settings.HostStorageAccountName, "no account")]
    [InlineData(Settings.ArchiveContainer, "Durable")]
    [InlineData(Settings.ArchiveContainer, "a--b")]
    [InlineData(Settings.ArchiveContainer, "-ab")]
    [InlineData(Settings.ArchiveContainer, "ab")]
    public void A_malformed_one_is_named_with_its_value(string setting, string value)
    {
        string message = Refused((setting, value));
        Assert.Contains(setting, message, StringComparison.Ordinal);
        Assert.Contains(value, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Settings.ArchiveConnectionString)]
    [InlineData(Settings.HostStorage)]
    public void A_malformed_connection_string_is_named_and_not_shown(string setting)
    {
        string message = Refused((setting, "AccountName=a;AccountKey=hush!"));
        Assert.Contains(setting, message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_places_are_one_too_many() => Assert.Contains(
        "not both",
        Refused(
            (Settings.ArchiveServiceUri, "https://account.blob.core.windows.net"),
            (Settings.ArchiveConnectionString, "UseDevelopmentStorage=true")),
        StringComparison.Ordinal);

    [AzuriteFact]
    public async Task By_a_connection_string_the_container_is_made_when_it_is_first_used()
    {
        string connection = await storages.ConnectionStringAsync();
        IBlobContainer container = Create(
            (Settings.HostStorage, connection), (Settings.ArchiveContainer, $"made-{Guid.NewGuid():n}"));
        Assert.True(await container.TryCreateAsync("a", new byte[1], CancellationToken.None));
        Assert.False(await container.TryCreateAsync("a", new byte[1], CancellationToken.None));
    }

    private static string Refused(params (string Setting, string Value)[] settings) =>
        Assert.Throws<InvalidOperationException>(() => Create(settings)).Message;

    private static IBlobContainer Create(params (string Setting, string Value)[] settings) => BlobContainerFactory.Create(
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(one => one.Setting, one => (string?)one.Value))
            .Build());
}
