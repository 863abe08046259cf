using DurableObjects.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Sockets;

/// <summary>Adds what sockets need to the app's services.</summary>
public static class SocketServices
{
    /// <summary>How long a connection to the service is kept, so that changes of its address are seen.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Adds the negotiation, the relay and what the triggers call. Wants <see cref="SocketTickets"/> and
    /// <see cref="RelayPayloads"/> among the services. Without SignalR Service everything else works, and negotiating says what is missing.
    /// </summary>
    /// <exception cref="FormatException">The settings of SignalR Service cannot be used.</exception>
    public static IServiceCollection AddSockets(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        if (SignalREndpoint.Of(configuration) is { } endpoint)
        {
            AddService(services, endpoint);
        }
        else
        {
            services.AddSingleton<ISocketNegotiator, MissingNegotiator>();
        }
        services.AddSingleton(provider => new Relay(
            provider.GetService<ISignalRService>(), provider.GetRequiredService<RelayPayloads>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Relay>>()));
        services.AddSingleton(provider => new RelayEntity(provider.GetRequiredService<Relay>()));
        // The way to the objects comes with each invocation.
        services.AddSingleton<Func<IObjectDelivery, SocketEvents>>(provider => delivery => new SocketEvents(
            provider.GetRequiredService<SocketTickets>(), delivery, provider.GetService<ISignalRService>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SocketEvents>>()));
        return services;
    }

    private static void AddService(IServiceCollection services, SignalREndpoint endpoint)
    {
        services.AddSingleton(endpoint);
        services.AddSingleton<SignalRHttp>();
        services.AddSingleton(provider => new SignalRKeys(
            endpoint, provider.GetRequiredService<SignalRHttp>().Client, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SignalRKeys>>()));
        services.AddSingleton<ISignalRService>(provider => new SignalRServiceClient(
            endpoint, provider.GetRequiredService<SignalRKeys>(), provider.GetRequiredService<SignalRHttp>().Client,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ISocketNegotiator>(provider => new SignalRNegotiator(
            endpoint, provider.GetRequiredService<SignalRKeys>(), provider.GetRequiredService<TimeProvider>()));
    }

    /// <summary>The connections to the service; disposed of with the app's services.</summary>
    private sealed class SignalRHttp : IDisposable
    {
        // The client's own timeout would run by another clock than everything else.
        public HttpClient Client { get; } = new(new SocketsHttpHandler { PooledConnectionLifetime = ConnectionLifetime })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };

        public void Dispose() => Client.Dispose();
    }
}
