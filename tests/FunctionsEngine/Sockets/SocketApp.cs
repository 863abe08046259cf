using DurableObjects.Diagnostics;
using DurableObjects.Functions;
using DurableObjects.Functions.Sockets;
using DurableObjects.Harness;
using DurableObjects.Hosting;
using DurableObjects.Http;
using DurableObjects.SignalRStandIn;
using DurableObjects.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DurableObjects.FunctionsEngine.Sockets;

/// <summary>
/// The HTTP routes, the real negotiation, triggers and relay of the Azure host, over the stand-in for SignalR Service; the model's test host
/// takes the place of the entities.
/// </summary>
public sealed class SocketApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RelayedHost _host;

    private SocketApp(WebApplication app, RelayedHost host, StandIn service)
    {
        _app = app;
        _host = host;
        Service = service;
    }

    /// <summary>The stand-in for SignalR Service.</summary>
    public StandIn Service { get; }

    /// <summary>The app's address.</summary>
    public string Url => _app.Urls.First();

    /// <summary>The objects.</summary>
    public TestHost Objects => _host.Inner;

    /// <summary>Ends once everything that was handed over and sent has been carried out.</summary>
    public Task IdleAsync() => _host.IdleAsync();

    /// <summary>Starts one with some object classes.</summary>
    public static async Task<SocketApp> StartAsync(
        IEnumerable<Type> classes, StandInOptions? options = null, string url = "http://127.0.0.1:0")
    {
        FakeClock clock = new(DateTimeOffset.UnixEpoch.AddYears(60));
        StandIn service = await StandIn.StartAsync((options ?? new StandInOptions()) with { Url = "http://127.0.0.1:0", Clock = clock });
        TestHost objects = new(classes, clock: clock);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.WebHost.UseUrls(url);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { [Settings.SignalR] = service.ConnectionString });
        RelayedHost? host = null;
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddSingleton<IObjectHost>(_ => host!);
        builder.Services.AddSingleton(objects.Workflows);
        builder.Services.AddSingleton(new SocketTickets(new byte[SocketTickets.KeyBytes], clock));
        builder.Services.AddSingleton<RelayPayloads>((_, _) => throw new InvalidOperationException("Everything is inline here."));
        builder.Services.AddSockets(builder.Configuration);
        builder.Services.AddSingleton<ICallerResolver>(new ApiKeyCallers([]));
        builder.Services.AddSingleton(new ByteBudget(long.MaxValue / 2));
        builder.Services.AddSingleton<IFigureSource, NoFigures>();
        builder.Services.AddSingleton(objects.Cards);
        builder.Services.AddWebhooks();
        builder.Services.AddSingleton<ObjectEndpoints>();

        WebApplication app = builder.Build();
        host = new RelayedHost(objects, app.Services.GetRequiredService<Relay>());
        app.MapObjectRoutes();
        SocketEvents events = app.Services.GetRequiredService<Func<IObjectDelivery, SocketEvents>>()(host);
        new SignalRUpstreamAdapter(new Triggers(events), StandInOptions.ExampleKey).Map(app);
        await app.StartAsync();
        service.Upstream = app.Urls.First() + SignalRUpstreamAdapter.Path;
        return new SocketApp(app, host, service);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _host.Inner.DisposeAsync();
    }

    /// <summary>The triggers of <see cref="SocketFunctions"/>, which goes to entities, for what goes to the test host.</summary>
    private sealed class Triggers(SocketEvents events)
    {
        public Task ConnectedAsync(
            [SignalRTrigger(SocketHub.Name, "connections", "connected")] SignalRInvocationContext context) =>
            events.ConnectedAsync(context, CancellationToken.None);

        public Task DisconnectedAsync(
            [SignalRTrigger(SocketHub.Name, "connections", "disconnected")] SignalRInvocationContext context) =>
            events.DisconnectedAsync(context, CancellationToken.None);

        public Task MessageAsync(
            [SignalRTrigger(SocketHub.Name, "messages", SocketHub.Message)] SignalRInvocationContext context) =>
            events.MessageAsync(context, CancellationToken.None);
    }

    private sealed class NoFigures : IFigureSource
    {
        public IReadOnlyList<HostFigure> Host => [];

        public ClassFigures Of(string className) => throw new NotSupportedException("No test asks for figures.");

        public ValueTask<long?> CountObjectsAsync(string className, CancellationToken cancellation) =>
            throw new NotSupportedException("No test asks for figures.");
    }
}
