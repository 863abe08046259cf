using System.Net;
using System.Text;
using DurableObjects.Harness;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Entities.Tests;

public sealed class HttpCacheSourceTests : IAsyncLifetime
{
    private readonly Shop _shop = new();
    private readonly TestHost _host;

    public HttpCacheSourceTests() => _host = new TestHost([typeof(Cache), typeof(CacheLoader)], services =>
    {
        services.AddSingleton<IConfiguration>(Configuration(
            ("Url", "https://shop.test/items/{key}/price?of={key}"), ("FreshFor", "00:00:02"), ("Headers:X-Key", "hush")));
        services.AddCacheSources();
        services.AddHttpClient("DurableObjects.Cache").ConfigurePrimaryHttpMessageHandler(() => _shop);
    });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _shop.Dispose();
    }

    [Fact]
    public async Task A_key_stands_in_the_url_percent_encoded_and_configured_headers_go_along()
    {
        CacheResult result = await GetAsync("a/../b c?d#e&é");

        Assert.Equal("""{"price":3}""", result.Value!.Value.GetRawText());
        Assert.Equal("https://shop.test/items/a%2F..%2Fb%20c%3Fd%23e%26%C3%A9/price?of=a%2F..%2Fb%20c%3Fd%23e%26%C3%A9", _shop.Asked[0]);
        Assert.Equal("hush", _shop.Key);
        Assert.Equal(TimeSpan.FromSeconds(2), result.FreshUntil - result.LoadedAt);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public async Task A_key_that_a_path_takes_for_a_step_is_not_there_and_not_asked_for(string key)
    {
        Assert.Equal((CacheState.Miss, false), ((await GetAsync(key)) is { } miss ? (miss.State, miss.Found) : default));
        Assert.Empty(_shop.Asked);
    }

    [Theory]
    [InlineData(404, CacheState.Miss)]
    [InlineData(410, CacheState.Miss)]
    [InlineData(204, CacheState.Failed)]
    [InlineData(302, CacheState.Failed)]
    [InlineData(403, CacheState.Failed)]
    [InlineData(500, CacheState.Failed)]
    public async Task What_is_gone_is_not_there_and_everything_else_a_failure(int status, CacheState state)
    {
        _shop.Answer = () => new HttpResponseMessage((HttpStatusCode)status);
        CacheResult result = await GetAsync("tea");

        Assert.Equal((state, false), (result.State, result.Found));
        Assert.Equal(state == CacheState.Failed ? $"The source answered {status}." : null, result.Error);
    }

    [Fact]
    public async Task Text_is_a_value_and_what_is_neither_text_nor_JSON_is_not()
    {
        _shop.Answer = () => Says("three", "text/plain");
        Assert.Equal("three", (await GetAsync("tea")).Value!.Value.GetString());
        _shop.Answer = () => Says("three", "image/png");
        Assert.Contains("image/png", (await GetAsync("rum")).Error, StringComparison.Ordinal);
        _shop.Answer = () => Says("{", "application/json");
        Assert.Equal(CacheState.Failed, (await GetAsync("gin")).State);
        _shop.Answer = () => Says("\"\\ud800\"", "application/problem+json");
        Assert.Equal(CacheState.Failed, (await GetAsync("ale")).State);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_a_failure()
    {
        _shop.Answer = () => Says(new string('x', Cache.ValueBytes + 1), "text/plain");

        Assert.Equal(CacheState.Failed, (await GetAsync("tea")).State);
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://shop.test/items")]
    [InlineData("https://{key}.test/items")]
    [InlineData("https://{key}/{key}")]
    [InlineData("{key}://shop.test/")]
    [InlineData("file:///items/{key}")]
    [InlineData("/items/{key}")]
    public void A_url_whose_host_is_not_fixed_is_refused(string url)
    {
        using ServiceProvider services = new ServiceCollection().AddHttpClient().BuildServiceProvider();

        string message = Assert.Throws<ArgumentException>(() => new CacheSources(
            [], Configuration(("Url", url)), services.GetRequiredService<IHttpClientFactory>())).Message;
        Assert.Contains("Cache:Sources:shop:Url", message, StringComparison.Ordinal);
    }

    private static IConfiguration Configuration(params IEnumerable<(string Name, string Value)> settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(
            one => new KeyValuePair<string, string?>($"Cache:Sources:shop:{one.Name}", one.Value))).Build();

    private static HttpResponseMessage Says(string text, string type) =>
        new(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, type) };

    private Task<CacheResult> GetAsync(string key) => _host.Objects.Get<ICache>($"shop:{key}").Get();

    private sealed class Shop : HttpMessageHandler
    {
        public List<string> Asked { get; } = [];

        public string? Key { get; private set; }

        public Func<HttpResponseMessage> Answer { get; set; } = () => Says("""{"price":3}""", "application/json");

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add(request.RequestUri!.AbsoluteUri);
            Key = request.Headers.GetValues("X-Key").Single();
            return Task.FromResult(Answer());
        }
    }
}
