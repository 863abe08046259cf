using System.Net;
using System.Net.Http.Json;
using DurableObjects.Functions.Sockets;
using DurableObjects.Harness;

namespace DurableObjects.Functions.Tests.Sockets;

public sealed class SignalRKeysTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly LogLines<SignalRKeys> _log = new();
    private readonly List<IDisposable> _disposables = [];

    [Fact]
    public async Task An_access_key_is_the_key_for_clients()
    {
        SignalRKeys keys = Keys(new FakeService(), accessKey: "secret");

        Assert.Equal(new SignalRKey(null, "secret"), await keys.ClientKeyAsync(default));
    }

    [Fact]
    public async Task With_an_access_key_a_request_carries_a_token_for_its_url()
    {
        string header = (await Keys(new FakeService(), accessKey: "secret").AuthorizationAsync("https://a/b", default)).ToString();

        Jwt token = Jwt.Verify(header["Bearer ".Length..], "secret");
        Assert.Equal("https://a/b", token.Claim("aud"));
        Assert.Equal(_clock.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), token.Claim("exp"));
    }

    [Fact]
    public async Task With_an_identity_a_request_carries_its_token_which_is_fetched_once_and_again_before_it_ends()
    {
        FakeIdentity identity = new(_clock);
        SignalRKeys keys = Keys(new FakeService(), identity);

        Assert.Equal("Bearer identity-1", (await keys.AuthorizationAsync("https://a", default)).ToString());
        Assert.Equal(SignalRKeys.Scope, identity.Scope);
        _clock.Advance(TimeSpan.FromMinutes(54));
        Assert.Equal("Bearer identity-1", (await keys.AuthorizationAsync("https://a", default)).ToString());
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("Bearer identity-2", (await keys.AuthorizationAsync("https://a", default)).ToString());
    }

    [Fact]
    public async Task With_an_identity_the_service_hands_out_the_key_for_clients_which_is_used_for_55_minutes()
    {
        FakeService service = new(HandedOut);
        SignalRKeys keys = Keys(service, new FakeIdentity(_clock));

        Assert.Equal(new SignalRKey("id-0", "key-0"), await keys.ClientKeyAsync(default));
        _clock.Advance(TimeSpan.FromMinutes(54));
        Assert.Equal("key-0", (await keys.ClientKeyAsync(default)).Secret);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("key-1", (await keys.ClientKeyAsync(default)).Secret);

        FakeService.Asked asked = service.Requests[0];
        Assert.Equal(("GET", "https://service/api/v1/auth/accessKey", "identity-1"), (asked.Method, asked.Url, asked.Token));
        Assert.Equal(2, service.Requests.Count);
    }

    [Fact]
    public async Task Many_who_need_the_key_at_once_ask_for_it_once()
    {
        FakeService service = new(HandedOut);
        SignalRKeys keys = Keys(service, new FakeIdentity(_clock));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => keys.ClientKeyAsync(default).AsTask())));

        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task A_key_that_is_not_renewed_is_used_for_80_minutes_and_no_longer()
    {
        bool fails = false;
        FakeService service = new(index => fails ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) : HandedOut(index));
        SignalRKeys keys = Keys(service, new FakeIdentity(_clock));
        await keys.ClientKeyAsync(default);
        fails = true;

        _clock.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal("key-0", (await keys.ClientKeyAsync(default)).Secret);
        Assert.Equal("key-0", (await keys.ClientKeyAsync(default)).Secret);
        Assert.Equal(2, service.Requests.Count);
        Assert.StartsWith("Warning: SignalR Service did not renew the key", Assert.Single(_log.Lines), StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromMinutes(20));
        SignalRFailedException error = await Assert.ThrowsAsync<SignalRFailedException>(() => keys.ClientKeyAsync(default).AsTask());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, error.Status);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1")]
    [InlineData("{\"KeyId\":\"a\"}")]
    public async Task An_answer_without_a_key_is_a_failure(string answer)
    {
        SignalRKeys keys = Keys(
            new FakeService(_ => new HttpResponseMessage { Content = new StringContent(answer, null, "application/json") }),
            new FakeIdentity(_clock));

        await Assert.ThrowsAsync<SignalRFailedException>(() => keys.ClientKeyAsync(default).AsTask());
    }

    public void Dispose() => _disposables.ForEach(one => one.Dispose());

    private static HttpResponseMessage HandedOut(int index) =>
        new() { Content = JsonContent.Create(new Dictionary<string, string> { ["KeyId"] = $"id-{index}", ["AccessKey"] = $"key-{index}" }) };

    private SignalRKeys Keys(FakeService service, FakeIdentity? identity = null, string? accessKey = null)
    {
        Uri address = new("https://service");
        HttpClient http = new(service);
        SignalRKeys keys = new(
            new SignalREndpoint { Service = address, Client = address, Server = address, AccessKey = accessKey, Credential = identity },
            http, _clock, _log);
        _disposables.AddRange([http, keys]);
        return keys;
    }
}
