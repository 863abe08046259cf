using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.SignalR.Management;

public class ServiceManagerBuilder
{
    public ServiceManagerBuilder WithOptions(Action<ServiceManagerOptions> configure) => throw ReferenceOnly.Body();

    public ServiceManagerBuilder WithLoggerFactory(ILoggerFactory loggerFactory) => throw ReferenceOnly.Body();

    public ServiceManagerBuilder WithConfiguration(IConfiguration configuration) => throw ReferenceOnly.Body();

    public ServiceManager BuildServiceManager() => throw ReferenceOnly.Body();
}
