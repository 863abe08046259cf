using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

public sealed class SignalRTriggerAttribute : TriggerBindingAttribute
{
    public SignalRTriggerAttribute(string hubName, string category, string @event)
        : this(hubName, category, @event, [])
    {
    }

    public SignalRTriggerAttribute(string hubName, string category, string @event, params string[] parameterNames)
    {
        HubName = hubName;
        Category = category;
        Event = @event;
        ParameterNames = parameterNames;
    }

    public string? ConnectionStringSetting { get; set; }

    public string HubName { get; }

    public string Event { get; }

    public string Category { get; }

    public string[] ParameterNames { get; }
}
