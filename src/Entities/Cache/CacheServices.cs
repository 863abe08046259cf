using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace DurableObjects.Entities;

/// <summary>Adds what the object class <c>cache</c> needs to an application's services.</summary>
public static class CacheServices
{
    /// <summary>
    /// Adds the sources that are configured in <see cref="CacheSources.Section"/>, if there is a configuration; they are checked when the
    /// host starts.
    /// </summary>
    public static IServiceCollection AddCacheSources(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider => new CacheSources(
            provider.GetServices<CacheSourceEntry>(), provider.GetService<IConfiguration>(), provider.GetService<IHttpClientFactory>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StartCheck<CacheSources>>());
        services.AddOutgoingHttp(HttpCacheSource.ClientName);
        return services;
    }

    /// <summary>Adds a source of the application's code. It is built once, with dependencies by constructor injection.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">What objects' names begin with, before a colon.</param>
    /// <param name="options">How its values are kept.</param>
    public static IServiceCollection AddCacheSource<TSource>(
        this IServiceCollection services, string name, CacheOptions? options = null)
        where TSource : class, ICacheSource
    {
        AddCacheSources(services);
        services.TryAddSingleton<TSource>();
        services.AddSingleton(provider =>
            new CacheSourceEntry(name, provider.GetRequiredService<TSource>(), options ?? new CacheOptions()));
        return services;
    }
}
