namespace DurableObjects.Functions;

/// <summary>The names of the settings that the host reads, as they stand in the configuration (with <c>__</c> for a colon in the environment).</summary>
public static class Settings
{
    /// <summary>
    /// SignalR Service, under the name at which the SignalR extension looks for it: a connection string, or a section with
    /// <see cref="SignalRServiceUri"/> and its neighbours.
    /// </summary>
    public const string SignalR = "AzureSignalRConnectionString";

    /// <summary>Within <see cref="SignalR"/>: the service's address, where an identity takes the place of an access key.</summary>
    public const string SignalRServiceUri = "serviceUri";

    /// <summary>Within <see cref="SignalR"/>: where clients connect, if not at the service's address.</summary>
    public const string SignalRClientEndpoint = "clientEndpoint";

    /// <summary>Within <see cref="SignalR"/>: where this app finds the service, if not at its address.</summary>
    public const string SignalRServerEndpoint = "serverEndpoint";

    /// <summary>Within a section with an identity: <c>managedidentity</c>, or nothing for what the environment has.</summary>
    public const string Credential = "credential";

    /// <summary>Within a section with an identity: the client id of a user-assigned one, or of an application.</summary>
    public const string ClientId = "clientId";

    /// <summary>Within a section with an identity: the tenant of an application.</summary>
    public const string TenantId = "tenantId";

    /// <summary>Within a section with an identity: the secret of an application.</summary>
    public const string ClientSecret = "clientSecret";
}
