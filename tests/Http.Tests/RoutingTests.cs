using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using DurableObjects.Cards;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using DurableObjects.Webhooks;
using DurableObjects.Workflows;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace DurableObjects.Http.Tests;

/// <summary>The routes as Kestrel and ASP.NET Core's routing see them: what is encoded, and which of two that fit wins.</summary>
public sealed class RoutingTests : IAsyncLifetime, IDisposable
{
    private readonly Mock<IObjectHost> _host = new(MockBehavior.Strict);
    private readonly List<(ObjectAddress Address, Turn Turn)> _turns = [];
    private readonly HttpClient _client = new();
    private WebApplication? _application;
    private Uri? _address;

    public async Task InitializeAsync()
    {
        _host.Setup(host => host.Classes).Returns(new ObjectClasses([typeof(Room)]));
        _host.Setup(host => host.RunAsync(It.IsAny<ObjectAddress>(), It.IsAny<Turn>(), It.IsAny<CancellationToken>()))
            .Callback((ObjectAddress address, Turn turn, CancellationToken _) => _turns.Add((address, turn)))
            .ReturnsAsync((ObjectAddress _, Turn turn, CancellationToken _) => turn is FetchTurn fetch
                ? new Answer { Response = ObjectResponse.Text(fetch.Request.Path) }
                : new Answer { Json = "1"u8.ToArray(), Version = 1 });
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(_host.Object);
        builder.Services.AddSingleton<ICallerResolver>(new ApiKeyCallers([]));
        builder.Services.AddSingleton(new SocketTickets(new byte[SocketTickets.KeyBytes], TimeProvider.System));
        builder.Services.AddSingleton<ISocketNegotiator>(new HubNegotiator());
        builder.Services.AddSingleton(new ByteBudget(Limits.WaitingBytes));
        builder.Services.AddSingleton(new Mock<IFigureSource>(MockBehavior.Strict).Object);
        builder.Services.AddSingleton(provider => new DesignCards(
            new ObjectRuntime(
                _host.Object.Classes, provider, TimeProvider.System, NullLoggerFactory.Instance, new ObjectRuntimeOptions()),
            Limits.Retention));
        builder.Services.AddSingleton(new Mock<IWorkflowHost>(MockBehavior.Strict).Object);
        builder.Services.AddWebhooks().AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ObjectEndpoints>();
        _application = builder.Build();
        _application.MapObjectRoutes();
        await _application.StartAsync();
        _address = new Uri(_application.Urls.Single());
    }

    public async Task DisposeAsync() => await _application!.DisposeAsync();

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("%25", "%")]
    [InlineData("gr%C3%BC%C3%9Fe%20%F0%9F%8E%89", "grüße 🎉")]
    [InlineData("gr%C3%BC%2F%C3%9Fe", "grü/ße")]
    [InlineData("id%3Ax%2F", null)]
    [InlineData("fetch", "fetch")]
    [InlineData("a:b@c!$&'()*+,;=", "a:b@c!$&'()*+,;=")]
    public async Task Any_name_can_be_a_key(string sent, string? name)
    {
        using HttpResponseMessage response = await SendAsync("POST", $"/api/objects/room/{sent}/post");

        Assert.Equal(name is null ? HttpStatusCode.BadRequest : HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(name, _turns.SingleOrDefault().Address?.Name);
    }

    [Theory]
    [InlineData("%FF%2F")]
    [InlineData("%FF")]
    [InlineData("100%")]
    public async Task A_key_that_is_no_percent_encoded_utf_8_is_400(string sent)
    {
        using HttpResponseMessage response = await SendAsync("POST", $"/api/objects/room/{sent}/post");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(_turns);
    }

    [Theory]
    [InlineData("GET", "/fetch", "/")]
    [InlineData("OPTIONS", "/fetch/", "/")]
    [InlineData("PURGE", "/fetch/a%2Fb/c/?q=1", "/a%2Fb/c/")]
    [InlineData("POST", "/Fetch/gr%C3%BC%C3%9Fe//x", "/gr%C3%BC%C3%9Fe//x")]
    [InlineData("GET", "/fetch/a/../b", "/b")]
    public async Task Fetch_takes_every_method_and_path(string method, string rest, string path)
    {
        using HttpResponseMessage response = await SendAsync(method, $"/api/objects/room/lobby{rest}");

        Assert.Equal(path, await response.Content.ReadAsStringAsync());
        Assert.Equal(method, Assert.IsType<FetchTurn>(Assert.Single(_turns).Turn).Request.Method);
    }

    [Fact]
    public async Task Negotiate_is_no_method_of_the_object()
    {
        using HttpResponseMessage response = await SendAsync("POST", "/api/objects/room/lobby/negotiate?negotiateVersion=1");

        JsonNode? body = await response.Content.ReadFromJsonAsync<JsonNode>();
        Assert.Equal(_address + "api/sockets", (string)body!["url"]!);
        Assert.Empty(_turns);
    }

    [Theory]
    [InlineData("PUT", "/api/objects/room/lobby/post", "POST, GET")]
    [InlineData("POST", "/api/objects/room/lobby", "GET, DELETE")]
    [InlineData("DELETE", "/api/objects/room", "GET, POST")]
    [InlineData("POST", "/api/objects", "GET")]
    [InlineData("GET", "/api/objects/room/lobby/negotiate", "POST")]
    [InlineData("GET", "/api/objects/room/lobby/parked-signals", "POST")]
    [InlineData("HEAD", "/api/objects/room/lobby/history", "POST, GET")]
    [InlineData("POST", "/api/health", "GET")]
    public async Task A_method_that_a_route_does_not_take_is_405(string method, string path, string allow)
    {
        using HttpResponseMessage response = await SendAsync(method, path);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(allow, string.Join(", ", response.Content.Headers.Allow));
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Empty(_turns);
    }

    [Theory]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/api/nothing")]
    [InlineData("PATCH", "/api/objects/room/lobby/post/more")]
    [InlineData("POST", "/api/objects/room//post")]
    public async Task A_path_without_a_route_is_404_as_a_problem(string method, string path)
    {
        using HttpResponseMessage response = await SendAsync(method, path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        JsonNode? body = await response.Content.ReadFromJsonAsync<JsonNode>();
        Assert.Equal("unknown-route", (string)body!["code"]!);
    }

    [Fact]
    public async Task A_call_goes_all_the_way()
    {
        using HttpResponseMessage response = await SendAsync(
            "POST", "/api/objects/room/lobby/post", new StringContent("[1]", null, "application/json"));

        Assert.Equal("1", await response.Content.ReadAsStringAsync());
        Assert.Equal("\"1\"", response.Headers.ETag!.Tag);
        Assert.Equal("[1]"u8, Assert.IsType<CallTurn>(Assert.Single(_turns).Turn).Arguments.Span);
    }

    [Fact]
    public async Task A_page_from_elsewhere_cannot_drive_a_host_without_a_key()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(_address!, "/api/objects/room/lobby/post"));
        request.Headers.Add("Origin", "https://example.com");
        using HttpResponseMessage response = await _client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Empty(_turns);
    }

    /// <summary>Sends a path as it is written, which <see cref="Uri"/> would otherwise tidy up.</summary>
    private Task<HttpResponseMessage> SendAsync(string method, string path, HttpContent? content = null)
    {
        UriCreationOptions asWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };
        Uri uri = new(_address!.GetLeftPart(UriPartial.Authority) + path, asWritten);
        return _client.SendAsync(new HttpRequestMessage(new HttpMethod(method), uri) { Content = content });
    }
}
