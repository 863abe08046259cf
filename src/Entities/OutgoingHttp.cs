using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Entities;

/// <summary>
/// The clients of addresses that the operator has configured: they go there, with the keys that are for there, and nowhere else.
/// </summary>
internal static class OutgoingHttp
{
    /// <summary>How long a connection is kept, so that a change of its address is noticed. Ours: two minutes.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    /// <summary>Adds a client under a name. How long a request may take is up to who sends it.</summary>
    public static void AddOutgoingHttp(this IServiceCollection services, string name) => services
        .AddHttpClient(name, client => client.Timeout = Timeout.InfiniteTimeSpan)
        .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = ConnectionLifetime,
        })
        .RemoveAllLoggers();
}
