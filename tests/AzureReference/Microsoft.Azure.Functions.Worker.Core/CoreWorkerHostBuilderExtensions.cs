using Microsoft.Azure.Functions.Worker;

namespace Microsoft.Extensions.Hosting;

public static class CoreWorkerHostBuilderExtensions
{
    public static IHostBuilder ConfigureFunctionsWorker(
        this IHostBuilder builder,
        Action<HostBuilderContext, IFunctionsWorkerApplicationBuilder> configure,
        Action<WorkerOptions> configureOptions) =>
        throw ReferenceOnly.Body();
}
