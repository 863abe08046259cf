namespace Microsoft.Azure.SignalR.Management;

public abstract class ServiceManager : IDisposable
{
    public abstract Task<ServiceHubContext> CreateHubContextAsync(string hubName, CancellationToken cancellationToken);

    public virtual Task<ServiceHubContext<T>> CreateHubContextAsync<T>(string hubName, CancellationToken cancellationToken)
        where T : class =>
        throw ReferenceOnly.Body();

    public abstract Task<bool> IsServiceHealthy(CancellationToken cancellationToken);

    public abstract void Dispose();
}
