using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Microsoft.Azure.SignalR.Management;

public class NegotiationOptions
{
    public HttpContext HttpContext { get; set; }

    public string UserId { get; set; }

    public IList<Claim> Claims { get; set; }

    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    public bool IsDiagnosticClient { get; set; }

    public bool EnableDetailedErrors { get; set; }
}
