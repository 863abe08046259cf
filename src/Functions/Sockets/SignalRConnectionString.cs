using System.Globalization;
using Azure.Core;
using Azure.Identity;

namespace DurableObjects.Functions.Sockets;

/// <summary>
/// Reads a connection string of SignalR Service: <c>Endpoint=…;AccessKey=…;Version=1.0;</c>, or with <c>AuthType=azure.msi</c> and
/// perhaps <c>ClientId=…</c> in place of the key, <c>azure</c> for what the environment has, <c>azure.app</c> with <c>ClientId</c>,
/// <c>TenantId</c> and <c>ClientSecret</c>. Names without regard to case, in any order.
/// </summary>
internal static class SignalRConnectionString
{
    /// <exception cref="FormatException">It cannot be used; the text says why, and nothing of what it holds.</exception>
    public static SignalREndpoint Parse(string text)
    {
        Dictionary<string, string> fields = Fields(text);
        if (fields.TryGetValue("Version", out string? version) && !version.StartsWith("1.", StringComparison.Ordinal))
        {
            throw Wrong("its Version is not 1");
        }
        UriBuilder address = new(SignalREndpoint.Address(Name("Endpoint"), Field("Endpoint")));
        if (fields.TryGetValue("Port", out string? port))
        {
            address.Port = ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number > 0
                ? number
                : throw Wrong("its Port is not a number from 1 to 65,535");
        }
        SignalREndpoint endpoint = new()
        {
            Service = address.Uri,
            Client = Optional("ClientEndpoint") ?? address.Uri,
            Server = Optional("ServerEndpoint") ?? address.Uri,
        };
        TokenCredential? credential = CredentialOf(fields);
        return credential is null
            ? endpoint with { AccessKey = Field("AccessKey") }
            : endpoint with { Credential = credential };

        string Field(string name) => fields.GetValueOrDefault(name) is { Length: > 0 } value
            ? value
            : throw Wrong($"it has no {name}");

        Uri? Optional(string name) => fields.TryGetValue(name, out string? value)
            ? SignalREndpoint.Address(Name(name), value)
            : null;
    }

    private static TokenCredential? CredentialOf(Dictionary<string, string> fields)
    {
        string? client = fields.GetValueOrDefault("ClientId");
        string? tenant = fields.GetValueOrDefault("TenantId");
        string? secret = fields.GetValueOrDefault("ClientSecret");
        switch (fields.GetValueOrDefault("AuthType")?.ToUpperInvariant())
        {
            case null:
                return null;
            case "AZURE":
                return new DefaultAzureCredential();
            case "AZURE.MSI" or "AAD" when tenant is null:
                return new ManagedIdentityCredential(
                    client is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(client));
            case "AZURE.APP" or "AAD" when client is not null && tenant is not null && secret is not null:
                return new ClientSecretCredential(tenant, client, secret);
            case "AZURE.APP" or "AAD":
                throw Wrong("its AuthType needs ClientId, TenantId and ClientSecret; a certificate is not supported");
            default:
                throw Wrong("its AuthType is none of azure, azure.msi, azure.app and aad");
        }
    }

    private static Dictionary<string, string> Fields(string text)
    {
        Dictionary<string, string> fields = new(StringComparer.OrdinalIgnoreCase);
        foreach (string part in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            int sign = part.IndexOf('=', StringComparison.Ordinal);
            if (sign > 0 && !fields.TryAdd(part[..sign].Trim(), part[(sign + 1)..].Trim()))
            {
                throw Wrong($"it has {part[..sign].Trim()} twice");
            }
        }
        return fields;
    }

    private static string Name(string field) => $"{Settings.SignalR}, {field}";

    private static FormatException Wrong(string why) => new($"The setting '{Settings.SignalR}' cannot be used: {why}.");
}
