using System.Net;
using System.Net.Http.Headers;
using DurableObjects.Functions.Sockets;
using DurableObjects.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Functions.Tests.Sockets;

public sealed class SignalRServiceClientTests : IDisposable
{
    private const string Key = "access-key";

    private readonly FakeClock _clock = new();
    private readonly SignalRMessage _message = new("message", ["\"hällo\""u8.ToArray(), "{\"a\":1}"u8.ToArray()]);
    private readonly List<IDisposable> _disposables = [];

    [Fact]
    public async Task It_sends_to_a_connection()
    {
        FakeService service = new(HttpStatusCode.Accepted);

        Assert.True(await Client(service).SendAsync("c/1", _message, default));

        FakeService.Asked asked = Assert.Single(service.Requests);
        Assert.Equal("POST", asked.Method);
        Assert.Equal("https://server/api/hubs/objects/connections/c%2F1/:send?api-version=2022-06-01", asked.Url);
        Assert.Equal("""{"target":"message","arguments":["hällo",{"a":1}]}""", asked.Body);
        // Made out to the service whatever way it takes, without parameters but the version.
        Assert.Equal(
            "https://service/api/hubs/objects/connections/c%2F1/:send?api-version=2022-06-01",
            Jwt.Verify(asked.Token, Key).Claim("aud"));
    }

    [Fact]
    public async Task It_sends_to_a_group_leaving_some_out()
    {
        FakeService service = new(HttpStatusCode.Accepted);

        await Client(service).SendToGroupAsync("room.1", ["a", "b+"], _message, default);

        FakeService.Asked asked = Assert.Single(service.Requests);
        Assert.Equal(
            "https://server/api/hubs/objects/groups/room.1/:send?api-version=2022-06-01&excluded=a&excluded=b%2B", asked.Url);
        Assert.DoesNotContain("excluded", Jwt.Verify(asked.Token, Key).Claim("aud"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_puts_a_connection_into_a_group()
    {
        FakeService service = new(HttpStatusCode.OK);

        Assert.True(await Client(service).JoinAsync("room.1", "c", default));

        Assert.Equal(
            ("PUT", "https://server/api/hubs/objects/groups/room.1/connections/c?api-version=2022-06-01"),
            (service.Requests[0].Method, service.Requests[0].Url));
    }

    [Fact]
    public async Task It_closes_a_connection_with_a_reason_of_a_thousand_characters_at_most()
    {
        FakeService service = new(HttpStatusCode.OK);

        Assert.True(await Client(service).CloseAsync("c", "no & reason", default));
        Assert.True(await Client(service).CloseAsync("c", "", default));
        Assert.True(await Client(service).CloseAsync("c", new string('x', 999) + "🎉🎉", default));

        Assert.Equal("DELETE", service.Requests[0].Method);
        Assert.EndsWith("/connections/c?api-version=2022-06-01&reason=no%20%26%20reason", service.Requests[0].Url, StringComparison.Ordinal);
        Assert.EndsWith("/connections/c?api-version=2022-06-01", service.Requests[1].Url, StringComparison.Ordinal);
        Assert.EndsWith("x%E2%80%A6", service.Requests[2].Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_gone_is_nobodys_failure()
    {
        FakeService service = new(_ => new HttpResponseMessage(HttpStatusCode.NotFound));
        SignalRServiceClient client = Client(service);

        Assert.False(await client.SendAsync("c", _message, default));
        Assert.False(await client.JoinAsync("g", "c", default));
        Assert.False(await client.CloseAsync("c", "", default));
        await Assert.ThrowsAsync<SignalRFailedException>(() => client.SendToGroupAsync("g", [], _message, default));
        Assert.Equal(4, service.Requests.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.RequestEntityTooLarge)]
    public async Task What_will_not_pass_fails_at_once(HttpStatusCode status)
    {
        FakeService service = new(status);

        SignalRFailedException error =
            await Assert.ThrowsAsync<SignalRFailedException>(() => Client(service).SendAsync("c", _message, default));

        Assert.Equal(status, error.Status);
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task What_may_pass_is_tried_again_with_growing_waits(HttpStatusCode status)
    {
        FakeService service = new(status, status, HttpStatusCode.Accepted);

        Task<bool> sending = Client(service).SendAsync("c", _message, default);

        Assert.Single(service.Requests);
        _clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Single(service.Requests);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, service.Requests.Count);
        _clock.Advance(TimeSpan.FromMilliseconds(1_000));
        Assert.True(await sending);
        Assert.Equal(3, service.Requests.Count);
    }

    [Fact]
    public async Task It_gives_up_after_the_fourth_attempt()
    {
        FakeService service = new(_ => throw new HttpRequestException("no way"));

        Task<bool> sending = Client(service).SendAsync("c", _message, default);
        _clock.Advance(TimeSpan.FromMinutes(1));

        SignalRFailedException error = await Assert.ThrowsAsync<SignalRFailedException>(() => sending);
        Assert.IsType<HttpRequestException>(error.InnerException);
        Assert.Equal(SignalRServiceClient.Attempts, service.Requests.Count);
    }

    [Fact]
    public async Task It_waits_as_long_as_the_service_asks_for_within_bounds()
    {
        FakeService service = new(index => index == 0 ? After(TimeSpan.FromSeconds(7)) : new HttpResponseMessage(HttpStatusCode.Accepted));

        Task<bool> sending = Client(service).SendAsync("c", _message, default);
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Single(service.Requests);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await sending);

        FakeService busy = new(_ => After(TimeSpan.FromMinutes(5)));
        await Assert.ThrowsAsync<SignalRFailedException>(() => Client(busy).SendAsync("c", _message, default));
        Assert.Single(busy.Requests);
    }

    [Fact]
    public async Task It_says_whether_the_service_is_well()
    {
        Assert.True(await Client(new FakeService(HttpStatusCode.OK)).IsHealthyAsync(default));
        Assert.False(await Client(new FakeService(HttpStatusCode.ServiceUnavailable)).IsHealthyAsync(default));
        Assert.False(await Client(new FakeService(_ => throw new HttpRequestException("gone"))).IsHealthyAsync(default));
    }

    public void Dispose() => _disposables.ForEach(one => one.Dispose());

    private static HttpResponseMessage After(TimeSpan wait) => new(HttpStatusCode.TooManyRequests)
    {
        Headers = { RetryAfter = new RetryConditionHeaderValue(wait) },
    };

    private SignalRServiceClient Client(FakeService service)
    {
        HttpClient http = new(service);
        SignalREndpoint endpoint = new()
        {
            Service = new Uri("https://service"),
            Client = new Uri("https://client"),
            Server = new Uri("https://server"),
            AccessKey = Key,
        };
        SignalRKeys keys = new(endpoint, http, _clock, NullLogger<SignalRKeys>.Instance);
        _disposables.AddRange([http, keys]);
        return new SignalRServiceClient(endpoint, keys, http, _clock);
    }
}
