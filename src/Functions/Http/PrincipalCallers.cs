using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using DurableObjects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.Functions.Http;

/// <summary>
/// Callers as App Service authentication tells them: the header <c>X-MS-CLIENT-PRINCIPAL</c>, Base64 of JSON, which the platform puts
/// there and takes out of what comes from outside. Where it is not switched on, anybody could send the header: then nobody is let in.
/// </summary>
/// <param name="isOn">Whether it is switched on: the platform sets <c>WEBSITE_AUTH_ENABLED</c>.</param>
/// <param name="defaultRole">The role of an authenticated caller to whom none of ours was assigned; null for none.</param>
public sealed class PrincipalCallers(bool isOn, string? defaultRole) : ICallerResolver
{
    /// <summary>The header.</summary>
    public const string Header = "X-MS-CLIENT-PRINCIPAL";

    /// <summary>Characters of the header at most. The platform's own limit for all headers is 64 KiB.</summary>
    public const int MaxCharacters = 32_768;

    /// <summary>Characters of a caller's claims in all: they travel with every turn and in the tickets of sockets.</summary>
    public const int MaxClaimCharacters = 2_048;

    /// <summary>The types of claims that say who it is, the surest first.</summary>
    private static readonly string[] IdTypes =
    [
        "http://schemas.microsoft.com/identity/claims/objectidentifier", "oid", "sub",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
    ];

    /// <summary>The types of claims that are passed on to objects, and their names there.</summary>
    private static readonly (string Type, string Name)[] PassedOn =
    [
        ("name", "name"), ("preferred_username", "preferred_username"), ("http://schemas.microsoft.com/identity/claims/tenantid", "tid"),
        ("tid", "tid"), ("appid", "appid"), ("azp", "azp"),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "email"), ("email", "email"),
    ];

    private static readonly string[] Roles = [AccessPolicy.Viewer, AccessPolicy.Contributor, Caller.Administrator];

    /// <inheritdoc/>
    public ValueTask<Caller> ResolveAsync(HttpRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!isOn)
        {
            throw Refused(
                "This app was built for App Service authentication, which is not switched on (WEBSITE_AUTH_ENABLED is not 'True').");
        }
        StringValues header = request.Headers[Header];
        if (header.Count != 1 || string.IsNullOrEmpty(header[0]))
        {
            throw Refused(header.Count > 1 ? $"There is more than one header {Header}." : "The request is not authenticated.");
        }
        return ValueTask.FromResult(CallerOf(Read(header[0]!)));
    }

    private static Principal Read(string header)
    {
        if (header.Length > MaxCharacters)
        {
            throw Refused($"The header {Header} has {header.Length:N0} characters; the limit is {MaxCharacters:N0}.");
        }
        byte[] json = new byte[header.Length];
        if (!Convert.TryFromBase64String(header, json, out int written))
        {
            throw Refused($"The header {Header} is not Base64.");
        }
        try
        {
            return JsonSerializer.Deserialize<Principal>(json.AsSpan(0, written), ObjectJson.Options)
                ?? throw Refused($"The header {Header} holds no principal.");
        }
        catch (Exception error) when (error is JsonException or DecoderFallbackException)
        {
            throw Refused($"The header {Header} does not hold a principal as JSON.");
        }
    }

    private Caller CallerOf(Principal principal)
    {
        IReadOnlyList<PrincipalClaim> claims = [.. (principal.Claims ?? [])
            .OfType<PrincipalClaim>().Where(one => one is { Type.Length: > 0, Value.Length: > 0 })];
        string? id = IdTypes.Select(type => claims.FirstOrDefault(one => one.Type == type)?.Value).FirstOrDefault(value => value is not null);
        if (id is null)
        {
            throw Refused("The principal has no claim that says who it is.");
        }
        string roleType = string.IsNullOrEmpty(principal.RoleType) ? "roles" : principal.RoleType;
        string[] roles = [.. Roles.Where(role => claims.Any(one =>
            (one.Type == roleType || one.Type == "roles") && role.Equals(one.Value, StringComparison.OrdinalIgnoreCase)))];
        if (roles.Length == 0 && defaultRole is not null)
        {
            roles = [defaultRole];
        }
        Dictionary<string, string> passed = [];
        int characters = 0;
        foreach ((string type, string name) in PassedOn)
        {
            string? value = passed.ContainsKey(name) ? null : claims.FirstOrDefault(one => one.Type == type)?.Value;
            if (value is not null && (characters += name.Length + value.Length) <= MaxClaimCharacters)
            {
                passed[name] = value;
            }
        }
        string provider = string.IsNullOrEmpty(principal.Provider) ? "unknown" : principal.Provider;
        return new Caller($"{provider}:{id}", roles, passed);
    }

    private static DurableObjectException Refused(string message) => new(401, ErrorCodes.Unauthenticated, message);

    private sealed record Principal(
        [property: JsonPropertyName("auth_typ")] string? Provider,
        [property: JsonPropertyName("role_typ")] string? RoleType,
        [property: JsonPropertyName("claims")] IReadOnlyList<PrincipalClaim?>? Claims)
    {
        [JsonPropertyName("name_typ")]
        public string? NameType { get; init; }
    }

    private sealed record PrincipalClaim(
        [property: JsonPropertyName("typ")] string? Type, [property: JsonPropertyName("val")] string? Value);
}
