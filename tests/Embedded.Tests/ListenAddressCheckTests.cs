using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;

namespace DurableObjects.Embedded.Tests;

public class ListenAddressCheckTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7071", true)]
    [InlineData("http://localhost:7071", true)]
    [InlineData("https://LOCALHOST", true)]
    [InlineData("http://127.8.8.8:1", true)]
    [InlineData("http://[::1]:7071", true)]
    [InlineData("http://[::ffff:127.0.0.1]:7071", true)]
    [InlineData("http://0.0.0.0:7071", false)]
    [InlineData("http://[::]:7071", false)]
    [InlineData("http://*:7071", false)]
    [InlineData("http://+:7071", false)]
    [InlineData("http://10.0.0.1:7071", false)]
    [InlineData("http://localhost.example.com:7071", false)]
    [InlineData("http://127.0.0.1.example.com:7071", false)]
    public void Only_this_machine_itself_is_loopback(string address, bool isLoopback) =>
        Assert.Equal(isLoopback, ListenAddressCheck.IsLoopback(address));

    [Fact]
    public async Task An_address_that_the_application_gave_the_server_in_code_fails_the_start_too()
    {
        Server server = new();
        ListenAddressCheck check = new(new ConfigurationBuilder().Build(), server, new EmbeddedHostOptions());
        await check.StartingAsync(CancellationToken.None);
        server.Listening("http://[::]:7071");
        await Assert.ThrowsAsync<InvalidOperationException>(() => check.StartedAsync(CancellationToken.None));

        EmbeddedHostOptions withKey = new();
        withKey.ApiKeys.Add("key");
        await new ListenAddressCheck(new ConfigurationBuilder().Build(), server, withKey).StartedAsync(CancellationToken.None);
    }

    private sealed class Server : IServer
    {
        private readonly ServerAddressesFeature _addresses = new();

        public Server() => Features.Set<IServerAddressesFeature>(_addresses);

        public IFeatureCollection Features { get; } = new FeatureCollection();

        public void Listening(string address) => _addresses.Addresses.Add(address);

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
