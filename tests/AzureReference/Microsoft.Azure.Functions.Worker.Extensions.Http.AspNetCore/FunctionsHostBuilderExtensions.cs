using Microsoft.Azure.Functions.Worker;

namespace Microsoft.Extensions.Hosting;

public static class FunctionsHostBuilderExtensions
{
    public static IHostBuilder ConfigureFunctionsWebApplication(this IHostBuilder builder) => throw ReferenceOnly.Body();

    public static IHostBuilder ConfigureFunctionsWebApplication(
        this IHostBuilder builder, Action<IFunctionsWorkerApplicationBuilder> configureWorker) =>
        throw ReferenceOnly.Body();

    public static IHostBuilder ConfigureFunctionsWebApplication(
        this IHostBuilder builder, Action<HostBuilderContext, IFunctionsWorkerApplicationBuilder> configureWorker) =>
        throw ReferenceOnly.Body();
}
