namespace DurableObjects.Functions;

/// <summary>
/// The names of the settings that the app reads, as the configuration has them: in the environment and in Azure's app settings a
/// double underscore stands for each colon.
/// </summary>
public static class Settings
{
    /// <summary>
    /// The blob service that holds the archive, such as <c>https://account.blob.core.windows.net</c>, used with the app's identity.
    /// Not together with <see cref="ArchiveConnectionString"/>.
    /// </summary>
    public const string ArchiveServiceUri = "DurableObjects:Archive:ServiceUri";

    /// <summary>The connection string of the account that holds the archive, for local use: its container is made if missing.</summary>
    public const string ArchiveConnectionString = "DurableObjects:Archive:ConnectionString";

    /// <summary>The container that holds the archive; <c>durable-objects</c> if not set.</summary>
    public const string ArchiveContainer = "DurableObjects:Archive:Container";

    /// <summary>The client id of the user-assigned identity that the app acts as; if not set, what the environment offers.</summary>
    public const string ClientId = "AZURE_CLIENT_ID";

    /// <summary>The connection string of the Functions host's own storage, where the archive is if no setting says otherwise.</summary>
    public const string HostStorage = "AzureWebJobsStorage";

    /// <summary>Instead of <see cref="HostStorage"/>: the name of the account, used with an identity.</summary>
    public const string HostStorageAccountName = "AzureWebJobsStorage:accountName";

    /// <summary>Instead of <see cref="HostStorage"/>: the address of its blob service, used with an identity.</summary>
    public const string HostStorageBlobServiceUri = "AzureWebJobsStorage:blobServiceUri";

    /// <summary>The client id of the identity for <see cref="HostStorage"/>, if it is another than <see cref="ClientId"/>.</summary>
    public const string HostStorageClientId = "AzureWebJobsStorage:clientId";

    /// <summary>
    /// SignalR Service, under the name at which the SignalR extension looks for it: a connection string, or a section with
    /// <see cref="SignalRServiceUri"/> and those after it. Without either the app has no sockets.
    /// </summary>
    public const string SignalR = "AzureSignalRConnectionString";

    /// <summary>The address of SignalR Service, where an identity takes the place of an access key.</summary>
    public const string SignalRServiceUri = "AzureSignalRConnectionString:serviceUri";

    /// <summary>Where clients connect, if not at <see cref="SignalRServiceUri"/>.</summary>
    public const string SignalRClientEndpoint = "AzureSignalRConnectionString:clientEndpoint";

    /// <summary>Where this app finds SignalR Service, if not at <see cref="SignalRServiceUri"/>.</summary>
    public const string SignalRServerEndpoint = "AzureSignalRConnectionString:serverEndpoint";

    /// <summary>The identity for SignalR Service: <c>managedidentity</c>, or nothing for whatever the environment offers.</summary>
    public const string SignalRCredential = "AzureSignalRConnectionString:credential";

    /// <summary>The client id of the user-assigned identity for SignalR Service, or of an application.</summary>
    public const string SignalRClientId = "AzureSignalRConnectionString:clientId";

    /// <summary>The tenant, where the identity for SignalR Service is an application.</summary>
    public const string SignalRTenantId = "AzureSignalRConnectionString:tenantId";

    /// <summary>The secret, where the identity for SignalR Service is an application.</summary>
    public const string SignalRClientSecret = "AzureSignalRConnectionString:clientSecret";

    /// <summary>The folder under which a worker keeps databases while it runs; the system's temporary folder if not set.</summary>
    public const string CacheFolder = "DurableObjects:CacheFolder";

    /// <summary>Whether App Service authentication is switched on; the platform sets it.</summary>
    public const string PlatformAuthentication = "WEBSITE_AUTH_ENABLED";

    /// <summary>
    /// With App Service authentication: the role of a caller to whom none was assigned: <c>viewer</c>, <c>contributor</c> or <c>admin</c>;
    /// none if not set.
    /// </summary>
    public const string DefaultRole = "DurableObjects:DefaultRole";

    /// <summary>The connection string of Application Insights, for traces and figures; without it nothing is sent there.</summary>
    public const string Insights = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary>How Application Insights is authenticated to: <c>Authorization=AAD</c> for the app's identity.</summary>
    public const string InsightsAuthentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    /// <summary>Where traces and figures are sent by OTLP; OpenTelemetry's other variables are heeded too.</summary>
    public const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>The instance of the app that this is; the platform sets it on Azure, and nobody elsewhere.</summary>
    public const string SiteInstance = "WEBSITE_INSTANCE_ID";

    /// <summary>
    /// Whether <c>poll-coordinator</c> may poll addresses that are not public; <c>false</c> if not set. Its activity reads it, on every host.
    /// </summary>
    public const string AllowPrivateAddresses = "Polling:AllowPrivateAddresses";
}
