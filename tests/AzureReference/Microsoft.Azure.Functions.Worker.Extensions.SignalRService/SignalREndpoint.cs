namespace Microsoft.Azure.Functions.Worker;

public sealed class SignalREndpoint
{
    public SignalREndpointType EndpointType { get; set; }

    public string Name { get; set; }

    public string Endpoint { get; set; }

    public bool Online { get; set; }
}
