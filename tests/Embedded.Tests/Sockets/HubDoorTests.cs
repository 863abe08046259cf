using DurableObjects.Embedded.Sockets;
using DurableObjects.Harness;
using DurableObjects.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Embedded.Tests.Sockets;

/// <summary>Who may begin a connection to the hub, and when.</summary>
public sealed class HubDoorTests
{
    private readonly SocketTickets _tickets = new(new byte[SocketTickets.KeyBytes], new FakeClock());
    private readonly ApplicationLifetime _lifetime = new(NullLogger<ApplicationLifetime>.Instance);

    [Fact]
    public async Task A_connection_begins_with_a_ticket()
    {
        Assert.Equal(200, await AskAsync($"?access_token={Ticket()}"));
        Assert.Equal(401, await AskAsync("?access_token=none"));
    }

    [Fact]
    public async Task None_begins_while_the_host_stops_since_the_stop_would_wait_for_it()
    {
        _lifetime.StopApplication();
        Assert.Equal(503, await AskAsync($"?access_token={Ticket()}"));
    }

    [Fact]
    public async Task One_that_has_begun_goes_on_while_the_host_stops()
    {
        _lifetime.StopApplication();
        Assert.Equal(200, await AskAsync("?id=begun"));
    }

    private string Ticket() =>
        _tickets.Issue(ObjectAddress.OfName("room", "lobby"), Caller.Anonymous, new Dictionary<string, string>());

    private async Task<int> AskAsync(string query)
    {
        RouteEndpointBuilder hub = new(_ => Task.CompletedTask, RoutePatternFactory.Parse("/hub"), order: 0);
        new Convention(hub).RequireTicket();
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton(_tickets).AddSingleton<IHostApplicationLifetime>(_lifetime).BuildServiceProvider();
        DefaultHttpContext context = new() { RequestServices = services };
        context.Request.QueryString = new QueryString(query);
        await hub.RequestDelegate!(context);
        return context.Response.StatusCode;
    }

    private sealed class Convention(EndpointBuilder endpoint) : IEndpointConventionBuilder
    {
        public void Add(Action<EndpointBuilder> convention) => convention(endpoint);
    }
}
