using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

public sealed class SignalRConnectionInfoInputAttribute : InputBindingAttribute
{
    public string? ConnectionStringSetting { get; set; }

    public string? HubName { get; set; }

    public string? UserId { get; set; }

    public string? IdToken { get; set; }

    public string[]? ClaimTypeList { get; set; }
}
