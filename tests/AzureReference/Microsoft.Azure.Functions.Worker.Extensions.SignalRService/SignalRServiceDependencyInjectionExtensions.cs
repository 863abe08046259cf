using Microsoft.Azure.Functions.Worker.SignalRService;
using Microsoft.Azure.SignalR.Management;

namespace Microsoft.Extensions.DependencyInjection;

public static class SignalRServiceDependencyInjectionExtensions
{
    public static IServiceCollection AddServerlessHub<THub>(this IServiceCollection services)
        where THub : ServerlessHub =>
        throw ReferenceOnly.Body();

    public static IServiceCollection AddServerlessHub<THub>(
        this IServiceCollection services, Action<ServiceManagerBuilder> configure)
        where THub : ServerlessHub =>
        throw ReferenceOnly.Body();

    public static IServiceCollection AddServerlessHub(this IServiceCollection services, Type hubType) => throw ReferenceOnly.Body();

    public static IServiceCollection AddServerlessHub(
        this IServiceCollection services, Type hubType, Action<ServiceManagerBuilder> configure) =>
        throw ReferenceOnly.Body();
}
