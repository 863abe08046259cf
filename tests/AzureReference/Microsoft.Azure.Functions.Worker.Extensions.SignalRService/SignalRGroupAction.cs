namespace Microsoft.Azure.Functions.Worker;

public sealed class SignalRGroupAction
{
    public SignalRGroupAction(SignalRGroupActionType actionType)
    {
        Action = actionType;
    }

    public string? ConnectionId { get; set; }

    public string? UserId { get; set; }

    public string? GroupName { get; set; }

    public SignalRGroupActionType Action { get; set; }

    public SignalREndpoint[]? Endpoints { get; set; }
}
