using Azure.Identity;
using DurableObjects.Functions.Sockets;
using Microsoft.Extensions.Configuration;

namespace DurableObjects.Functions.Tests.Sockets;

public sealed class SignalREndpointTests
{
    private const string Key = "c2VjcmV0LWtleS13aXRoLWEtc2lnbg==";

    [Fact]
    public void Without_a_setting_there_is_none()
    {
        Assert.Null(Of([]));
        Assert.Null(Of([(Settings.SignalR, "")]));
    }

    [Fact]
    public void A_connection_string_has_the_address_and_the_key()
    {
        SignalREndpoint endpoint = Of([(Settings.SignalR, $"Endpoint=https://a.service.signalr.net;AccessKey={Key};Version=1.0;")])!;

        Assert.Equal(new Uri("https://a.service.signalr.net"), endpoint.Service);
        Assert.Equal(endpoint.Service, endpoint.Client);
        Assert.Equal(endpoint.Service, endpoint.Server);
        Assert.Equal(Key, endpoint.AccessKey);
        Assert.Null(endpoint.Credential);
    }

    [Fact]
    public void It_may_stand_among_the_connection_strings() =>
        Assert.Equal(Key, Of([($"ConnectionStrings:{Settings.SignalR}", $"Endpoint=https://a;AccessKey={Key}")])!.AccessKey);

    [Fact]
    public void Clients_and_the_app_may_have_addresses_of_their_own_and_a_port()
    {
        SignalREndpoint endpoint = Of(
            [(Settings.SignalR, $"endpoint=http://localhost/ ;port=8080;accesskey={Key};ClientEndpoint=https://c;ServerEndpoint=https://s/;")])!;

        Assert.Equal(new Uri("http://localhost:8080"), endpoint.Service);
        Assert.Equal(new Uri("https://c"), endpoint.Client);
        Assert.Equal(new Uri("https://s"), endpoint.Server);
    }

    [Theory]
    [InlineData("AuthType=azure", typeof(DefaultAzureCredential))]
    [InlineData("AuthType=azure.msi", typeof(ManagedIdentityCredential))]
    [InlineData("AuthType=azure.msi;ClientId=id", typeof(ManagedIdentityCredential))]
    [InlineData("AuthType=aad", typeof(ManagedIdentityCredential))]
    [InlineData("AuthType=azure.app;ClientId=id;TenantId=tenant;ClientSecret=secret", typeof(ClientSecretCredential))]
    public void A_connection_string_may_name_an_identity(string rest, Type credential)
    {
        SignalREndpoint endpoint = Of([(Settings.SignalR, $"Endpoint=https://a;{rest};Version=1.0;")])!;

        Assert.IsType(credential, endpoint.Credential);
        Assert.Null(endpoint.AccessKey);
    }

    [Fact]
    public void A_section_names_the_service_and_the_identity()
    {
        SignalREndpoint endpoint = Of(
        [
            (Settings.SignalRServiceUri, "https://a.service.signalr.net/"),
            (Settings.SignalRCredential, "managedidentity"),
            (Settings.SignalRClientId, "id"),
            (Settings.SignalRClientEndpoint, "https://c"),
        ])!;

        Assert.Equal(new Uri("https://a.service.signalr.net"), endpoint.Server);
        Assert.Equal(new Uri("https://c"), endpoint.Client);
        Assert.IsType<ManagedIdentityCredential>(endpoint.Credential);
        Assert.IsType<DefaultAzureCredential>(Of([(Settings.SignalRServiceUri, "https://a")])!.Credential);
    }

    [Fact]
    public void A_connection_string_comes_before_a_section() => Assert.NotNull(
        Of([(Settings.SignalR, $"Endpoint=https://a;AccessKey={Key}"), (Settings.SignalRServiceUri, "https://b")])!.AccessKey);

    [Theory]
    [InlineData("AccessKey=k", "Endpoint")]
    [InlineData("Endpoint=https://a", "AccessKey")]
    [InlineData("Endpoint=ftp://a;AccessKey=k", "http or https")]
    [InlineData("Endpoint=https://a;AccessKey=k;Version=2.0", "Version")]
    [InlineData("Endpoint=https://a;AccessKey=k;Port=0", "Port")]
    [InlineData("Endpoint=https://a;Endpoint=https://b;AccessKey=k", "twice")]
    [InlineData("Endpoint=https://a;AuthType=ldap", "AuthType")]
    [InlineData("Endpoint=https://a;AuthType=azure.app;ClientId=c", "ClientSecret")]
    public void What_cannot_be_used_is_named_and_the_key_is_not_told(string connection, string named)
    {
        FormatException error = Assert.Throws<FormatException>(() => Of([(Settings.SignalR, connection)]));

        Assert.Contains(Settings.SignalR, error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("=k", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_kind_of_identity_is_named()
    {
        FormatException error = Assert.Throws<FormatException>(
            () => Of([(Settings.SignalRServiceUri, "https://a"), (Settings.SignalRCredential, "magic")]));

        Assert.Contains("'magic'", error.Message, StringComparison.Ordinal);
    }

    private static SignalREndpoint? Of(params (string Name, string Value)[] settings) => SignalREndpoint.Of(
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(one => KeyValuePair.Create(one.Name, (string?)one.Value)))
            .Build());
}
