namespace Microsoft.Azure.Functions.Worker;

public sealed class SignalRConnectionInfo
{
    public string Url { get; set; }

    public string AccessToken { get; set; }
}
