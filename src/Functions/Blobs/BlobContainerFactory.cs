using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;

namespace DurableObjects.Functions.Blobs;

/// <summary>
/// Finds the container in the configuration: by <see cref="Settings.ArchiveServiceUri"/> and an identity, by
/// <see cref="Settings.ArchiveConnectionString"/>, or, with neither set, in the storage account of the Functions host itself.
/// </summary>
public static class BlobContainerFactory
{
    /// <summary>The container unless <see cref="Settings.ArchiveContainer"/> names one.</summary>
    public const string DefaultContainer = "durable-objects";

    /// <summary>
    /// Further attempts after the first: with <see cref="FirstDelay"/> doubling they come within some 6 s, so that a partition that is
    /// moved or throttled for a moment is waited for, and a caller's 30 s are not used up by it.
    /// </summary>
    public const int MaxRetries = 5;

    /// <summary>The delay before the first further attempt: most failures in passing are over by then.</summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>The delay between two attempts at most.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long the network may be silent within one attempt, instead of the client's 100 s: a turn has 30 s. The largest request has
    /// 8 MiB.
    /// </summary>
    public static readonly TimeSpan NetworkTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The container that a configuration means. Makes no request.</summary>
    /// <exception cref="InvalidOperationException">A setting is missing, malformed, or contradicts another; it is named.</exception>
    public static IBlobContainer Create(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        string container = ContainerOf(configuration);
        string? connection = Value(configuration, Settings.ArchiveConnectionString);
        if (Value(configuration, Settings.ArchiveServiceUri) is { } uri)
        {
            return connection is null
                ? ByIdentity(UriOf(Settings.ArchiveServiceUri, uri), container, Value(configuration, Settings.ClientId))
                : throw new InvalidOperationException(
                    $"Set {Settings.ArchiveServiceUri} or {Settings.ArchiveConnectionString}, not both.");
        }
        if (connection is not null)
        {
            return ByConnectionString(Settings.ArchiveConnectionString, connection, container);
        }
        if (Value(configuration, Settings.HostStorage) is { } hostConnection)
        {
            return ByConnectionString(Settings.HostStorage, hostConnection, container);
        }
        string? clientId = Value(configuration, Settings.HostStorageClientId) ?? Value(configuration, Settings.ClientId);
        if (Value(configuration, Settings.HostStorageBlobServiceUri) is { } hostUri)
        {
            return ByIdentity(UriOf(Settings.HostStorageBlobServiceUri, hostUri), container, clientId);
        }
        return Value(configuration, Settings.HostStorageAccountName) is { } account
            ? ByIdentity(
                UriOf(Settings.HostStorageAccountName, $"https://{account}.blob.core.windows.net"), container, clientId)
            : throw new InvalidOperationException(
                $"Nothing says where the objects' archive is. Set {Settings.ArchiveServiceUri}, {Settings.ArchiveConnectionString} "
                + $"or {Settings.HostStorage}.");
    }

    /// <summary>How a client of Blob Storage behaves in this app.</summary>
    public static BlobClientOptions ClientOptions() => new()
    {
        Retry =
        {
            Mode = RetryMode.Exponential,
            MaxRetries = MaxRetries,
            Delay = FirstDelay,
            MaxDelay = MaxDelay,
            NetworkTimeout = NetworkTimeout,
        },
    };

    /// <summary>Whoever has an account's key may make containers, and does so locally. In Azure the deployment makes it.</summary>
    private static AzureBlobContainer ByConnectionString(string setting, string connection, string container)
    {
        try
        {
            return new AzureBlobContainer(
                new BlobContainerClient(connection, container, ClientOptions()), createsContainer: true);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            // Not with the value, which holds a key.
            throw new InvalidOperationException($"{setting} is no connection string of a storage account.", error);
        }
    }

    private static AzureBlobContainer ByIdentity(Uri service, string container, string? clientId)
    {
        TokenCredential credential = clientId is null
            ? new DefaultAzureCredential()
            : new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId));
        BlobUriBuilder uri = new(service) { BlobContainerName = container };
        return new AzureBlobContainer(new BlobContainerClient(uri.ToUri(), credential, ClientOptions()));
    }

    private static string ContainerOf(IConfiguration configuration)
    {
        string name = Value(configuration, Settings.ArchiveContainer) ?? DefaultContainer;
        bool isOne = name.Length is >= 3 and <= 63 && name.All(one => char.IsAsciiLetterLower(one) || char.IsAsciiDigit(one) || one == '-')
            && name[0] != '-' && name[^1] != '-' && !name.Contains("--", StringComparison.Ordinal);
        return isOne
            ? name
            : throw new InvalidOperationException(
                $"{Settings.ArchiveContainer} is '{name}'; a container's name has 3 to 63 lower-case letters, digits and single hyphens "
                + "between them.");
    }

    private static Uri UriOf(string setting, string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps
            ? uri
            : throw new InvalidOperationException(
                $"{setting} makes '{value}'; an identity is only shown to an https address, as https://account.blob.core.windows.net.");

    private static string? Value(IConfiguration configuration, string setting) =>
        configuration[setting] is { Length: > 0 } value ? value : null;
}
