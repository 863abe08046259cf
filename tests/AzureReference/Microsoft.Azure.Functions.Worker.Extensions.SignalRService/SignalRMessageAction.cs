namespace Microsoft.Azure.Functions.Worker;

public sealed class SignalRMessageAction
{
    public SignalRMessageAction(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
    }

    public SignalRMessageAction(string target, object[]? arguments)
        : this(target)
    {
        Arguments = arguments;
    }

    public string? ConnectionId { get; set; }

    public string? UserId { get; set; }

    public string? GroupName { get; set; }

    public string Target { get; }

    public object[]? Arguments { get; set; }

    public SignalREndpoint[]? Endpoints { get; set; }
}
