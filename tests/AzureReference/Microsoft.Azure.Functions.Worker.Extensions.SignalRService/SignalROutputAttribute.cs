using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

public sealed class SignalROutputAttribute : OutputBindingAttribute
{
    public SignalROutputAttribute()
    {
    }

    public string? ConnectionStringSetting { get; set; }

    public string? HubName { get; set; }
}
