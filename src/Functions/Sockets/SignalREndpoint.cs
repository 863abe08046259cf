using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;

namespace DurableObjects.Functions.Sockets;

/// <summary>Where SignalR Service is, and as whom the app speaks to it: by an access key or by an identity.</summary>
public sealed record SignalREndpoint
{
    /// <summary>The service's address; tokens are made out to it whatever way they take.</summary>
    public required Uri Service { get; init; }

    /// <summary>Where clients connect.</summary>
    public required Uri Client { get; init; }

    /// <summary>Where this app sends its requests.</summary>
    public required Uri Server { get; init; }

    /// <summary>The access key, or null with a <see cref="Credential"/>.</summary>
    public string? AccessKey { get; init; }

    /// <summary>The identity, or null with an <see cref="AccessKey"/>.</summary>
    public TokenCredential? Credential { get; init; }

    /// <summary>
    /// What the configuration says, read as the SignalR extension reads it, since its triggers look at the same settings: the connection
    /// string (also among <c>ConnectionStrings</c>) before the section with an identity. Null if there is neither.
    /// </summary>
    /// <exception cref="FormatException">It is there and cannot be used; the text names the setting.</exception>
    public static SignalREndpoint? Of(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        string? connection = configuration.GetConnectionString(Settings.SignalR) ?? configuration[Settings.SignalR];
        if (!string.IsNullOrWhiteSpace(connection))
        {
            return SignalRConnectionString.Parse(connection);
        }
        return string.IsNullOrWhiteSpace(configuration[Settings.SignalRServiceUri]) ? null : OfIdentity(configuration);
    }

    /// <summary>An address of a setting, without a slash at its end.</summary>
    internal static Uri Address(string setting, string value) =>
        Uri.TryCreate(value.TrimEnd('/'), UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? address
            : throw new FormatException($"The setting '{setting}' must be an http or https address.");

    private static SignalREndpoint OfIdentity(IConfiguration configuration)
    {
        Uri service = Address(Settings.SignalRServiceUri, configuration[Settings.SignalRServiceUri]!);
        return new SignalREndpoint
        {
            Service = service,
            Client = Optional(Settings.SignalRClientEndpoint) ?? service,
            Server = Optional(Settings.SignalRServerEndpoint) ?? service,
            Credential = CredentialOf(configuration),
        };

        Uri? Optional(string name) => configuration[name] is { Length: > 0 } value ? Address(name, value) : null;
    }

    private static TokenCredential CredentialOf(IConfiguration configuration)
    {
        string? kind = configuration[Settings.SignalRCredential];
        string? client = configuration[Settings.SignalRClientId];
        if (string.Equals(kind, "managedidentity", StringComparison.OrdinalIgnoreCase))
        {
            return new ManagedIdentityCredential(
                string.IsNullOrEmpty(client)
                    ? ManagedIdentityId.SystemAssigned
                    : ManagedIdentityId.FromUserAssignedClientId(client));
        }
        if (!string.IsNullOrEmpty(kind))
        {
            throw new FormatException(
                $"The setting '{Settings.SignalRCredential}' is '{kind}'; it can be 'managedidentity' or left out.");
        }
        if (configuration[Settings.SignalRTenantId] is { Length: > 0 } tenant
            && configuration[Settings.SignalRClientSecret] is { Length: > 0 } secret && !string.IsNullOrEmpty(client))
        {
            return new ClientSecretCredential(tenant, client, secret);
        }
        return new DefaultAzureCredential(new DefaultAzureCredentialOptions
        {
            ManagedIdentityClientId = string.IsNullOrEmpty(client) ? null : client,
        });
    }
}
