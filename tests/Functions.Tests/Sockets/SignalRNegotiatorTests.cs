using System.Globalization;
using System.Net;
using DurableObjects.Functions.Sockets;
using DurableObjects.Harness;
using DurableObjects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Functions.Tests.Sockets;

public sealed class SignalRNegotiatorTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly List<IDisposable> _disposables = [];

    [Fact]
    public async Task A_client_is_sent_to_the_service_with_the_ticket_in_its_token()
    {
        SocketConnection connection = await NegotiateAsync(Endpoint("secret"), new FakeService(), "the.ticket");

        Assert.Equal("https://client/client/?hub=objects", connection.Url);
        Jwt token = Jwt.Verify(connection.AccessToken, "secret");
        Assert.Equal("https://service/client/?hub=objects", token.Claim("aud"));
        Assert.Equal("the.ticket", token.Claim("ticket"));
        // Otherwise the service keeps the reason of a refusal to itself.
        Assert.Equal("True", token.Claim("asrs.s.derror"));
        Assert.Equal(
            (_clock.GetUtcNow() + SocketTickets.DefaultLifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            token.Claim("exp"));
        Assert.False(token.Payload.TryGetProperty("nameid", out _));
        Assert.False(token.Header.TryGetProperty("kid", out _));
    }

    [Fact]
    public async Task With_an_identity_the_token_names_the_key_that_the_service_has_handed_out()
    {
        FakeService service = new(_ => new HttpResponseMessage { Content = new StringContent("""{"KeyId":"7","AccessKey":"handed-out"}""") });

        SocketConnection connection = await NegotiateAsync(Endpoint(null), service, "the.ticket");

        Assert.Equal("7", Jwt.Verify(connection.AccessToken, "handed-out").Header.GetProperty("kid").GetString());
    }

    [Fact]
    public async Task A_service_that_hands_out_no_key_is_503()
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => NegotiateAsync(Endpoint(null), new FakeService(HttpStatusCode.Forbidden), "the.ticket"));

        Assert.Equal((503, true), (error.Status, error.Retryable));
    }

    [Fact]
    public async Task A_token_of_more_than_4096_characters_is_400_and_names_the_limit()
    {
        await NegotiateAsync(Endpoint("secret"), new FakeService(), new string('x', 2_800));

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => NegotiateAsync(Endpoint("secret"), new FakeService(), new string('x', 3_000)));

        Assert.Equal(400, error.Status);
        Assert.Contains("4,096", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_service_the_answer_is_501_and_names_the_setting()
    {
        ServiceCollection services = new();
        services.AddSockets(new ConfigurationBuilder().Build());
        await using ServiceProvider provider = services.BuildServiceProvider();
        ISocketNegotiator negotiator = provider.GetRequiredService<ISocketNegotiator>();

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => negotiator.NegotiateAsync(new DefaultHttpContext().Request, "t", default).AsTask());

        Assert.Equal((501, "sockets-not-configured"), (error.Status, error.Code));
        Assert.Contains("AzureSignalRConnectionString", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _disposables.ForEach(one => one.Dispose());

    private SignalREndpoint Endpoint(string? accessKey) => new()
    {
        Service = new Uri("https://service"),
        Client = new Uri("https://client"),
        Server = new Uri("https://server"),
        AccessKey = accessKey,
        Credential = accessKey is null ? new FakeIdentity(_clock) : null,
    };

    private async Task<SocketConnection> NegotiateAsync(SignalREndpoint endpoint, FakeService service, string ticket)
    {
        HttpClient http = new(service);
        SignalRKeys keys = new(endpoint, http, _clock, NullLogger<SignalRKeys>.Instance);
        _disposables.AddRange([http, keys]);
        return await new SignalRNegotiator(endpoint, keys, _clock)
            .NegotiateAsync(new DefaultHttpContext().Request, ticket, CancellationToken.None);
    }
}
