using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Sockets;

/// <summary>
/// What the app proves itself with. With an access key that is the key. With an identity, requests carry the identity's own token, but
/// the tokens of clients must be signed by a key all the same: the service hands one out to whoever has the role for it
/// (SignalR App Server, or SignalR Service Owner), good for 90 minutes.
/// </summary>
/// <remarks>
/// The REST API can also make a client's token by itself (<c>:generateToken</c>). It knows a user's id and a lifetime, and no further
/// claims, so that the ticket would have no place in it.
/// </remarks>
/// <param name="endpoint">Where the service is, and who asks.</param>
/// <param name="http">Sends the requests.</param>
/// <param name="clock">By which keys and tokens age.</param>
/// <param name="logger">Hears of keys that could not be renewed.</param>
internal sealed partial class SignalRKeys(
    SignalREndpoint endpoint, HttpClient http, TimeProvider clock, ILogger<SignalRKeys> logger) : IDisposable
{
    /// <summary>What an identity's token must be for.</summary>
    public const string Scope = "https://signalr.azure.com/.default";

    /// <summary>How long a key is used before a new one is asked for; the service's own library waits as long.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(55);

    /// <summary>How long a key is used if no new one is to be had: its 90 minutes without those that a client's token lasts.</summary>
    public static readonly TimeSpan Usable = TimeSpan.FromMinutes(80);

    /// <summary>How long after a failure the next attempt is made, as long as the old key is good.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>How long before its end an identity's token is not used any more.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private const string Path = "/api/v1/auth/accessKey";

    private readonly SemaphoreSlim _exchanging = new(1, 1);
    private volatile Exchanged? _exchanged;
    private volatile CachedToken? _identity;

    /// <summary>The key that tokens of clients are signed with.</summary>
    /// <exception cref="SignalRFailedException">The service did not hand one out.</exception>
    public async ValueTask<SignalRKey> ClientKeyAsync(CancellationToken cancellation)
    {
        if (endpoint.AccessKey is { } key)
        {
            return new SignalRKey(null, key);
        }
        if (Current is { } before)
        {
            return before;
        }
        await _exchanging.WaitAsync(cancellation);
        try
        {
            return Current ?? await ExchangeAsync(cancellation);
        }
        finally
        {
            _exchanging.Release();
        }
    }

    /// <summary>The header that a request needs.</summary>
    /// <param name="audience">The request's URL, as the service expects it in a token.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async ValueTask<AuthenticationHeaderValue> AuthorizationAsync(string audience, CancellationToken cancellation) => new(
        "Bearer",
        endpoint.AccessKey is { } key
            ? SignalRToken.Create(new SignalRKey(null, key), audience, clock.GetUtcNow(), Margin)
            : await IdentityAsync(cancellation));

    /// <inheritdoc/>
    public void Dispose() => _exchanging.Dispose();

    private SignalRKey? Current => _exchanged is { } current && clock.GetUtcNow() < current.Until ? current.Key : null;

    private async Task<SignalRKey> ExchangeAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = clock.GetUtcNow();
        try
        {
            SignalRKey key = await AskForKeyAsync(cancellation);
            _exchanged = new Exchanged(key, now, now + Fresh);
            return key;
        }
        catch (SignalRFailedException error) when (_exchanged is { } old && now < old.Since + Usable)
        {
            KeyNotRenewed(error, old.Since + Usable);
            _exchanged = old with { Until = now + Pause };
            return old.Key;
        }
    }

    private async Task<SignalRKey> AskForKeyAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource patience = new(SignalRServiceClient.Patience, clock);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        using HttpRequestMessage request = new(HttpMethod.Get, endpoint.Server.AbsoluteUri.TrimEnd('/') + Path);
        try
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await IdentityAsync(both.Token));
            using HttpResponseMessage response = await http.SendAsync(request, both.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw new SignalRFailedException("hand out a key for clients", response.StatusCode);
            }
            KeyAnswer? answer = await response.Content.ReadFromJsonAsync<KeyAnswer>(both.Token);
            return answer is { KeyId: not null, AccessKey: not null }
                ? new SignalRKey(answer.KeyId, answer.AccessKey)
                : throw new SignalRFailedException("hand out a key for clients: its answer holds none");
        }
        catch (Exception error) when (error is JsonException || SignalRFailedException.IsOfTheWay(error, cancellation))
        {
            throw new SignalRFailedException("hand out a key for clients", error);
        }
    }

    private async ValueTask<string> IdentityAsync(CancellationToken cancellation)
    {
        if (_identity is { } cached && clock.GetUtcNow() < cached.Until - Margin)
        {
            return cached.Token;
        }
        TokenCredential credential = endpoint.Credential
            ?? throw new InvalidOperationException("The endpoint of SignalR Service has neither a key nor an identity.");
        try
        {
            AccessToken token = await credential.GetTokenAsync(new TokenRequestContext([Scope]), cancellation);
            _identity = new CachedToken(token.Token, token.ExpiresOn);
            return token.Token;
        }
        catch (Exception error) when (error is AuthenticationFailedException or RequestFailedException)
        {
            throw new SignalRFailedException("get to see who asks: the app's identity got no token for it", error);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "SignalR Service did not renew the key for clients; the old one is used until {Until:u}.")]
    private partial void KeyNotRenewed(Exception error, DateTimeOffset until);

    private sealed record Exchanged(SignalRKey Key, DateTimeOffset Since, DateTimeOffset Until);

    private sealed record CachedToken(string Token, DateTimeOffset Until);

    private sealed record KeyAnswer(string? KeyId, string? AccessKey);
}
