namespace Microsoft.Azure.SignalR.Management;

public class ServiceManagerOptions
{
    public string ApplicationName { get; set; }

    public int ConnectionCount { get; set; } = 1;

    public string ConnectionString { get; set; }

    public ServiceTransportType ServiceTransportType { get; set; } = ServiceTransportType.Transient;

    public TimeSpan HttpClientTimeout { get; set; } = TimeSpan.FromSeconds(100);
}
