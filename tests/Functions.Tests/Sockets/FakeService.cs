using System.Net;
using Azure.Core;

namespace DurableObjects.Functions.Tests.Sockets;

/// <summary>Takes the place of SignalR Service behind an <see cref="HttpClient"/>: keeps what was asked, and answers as told.</summary>
internal sealed class FakeService : HttpMessageHandler
{
    private readonly Func<int, HttpResponseMessage> _answer;

    public FakeService(params HttpStatusCode[] answers)
        : this(index => new HttpResponseMessage(index < answers.Length ? answers[index] : HttpStatusCode.OK))
    {
    }

    public FakeService(Func<int, HttpResponseMessage> answer) => _answer = answer;

    public List<Asked> Requests { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(new Asked(
            request.Method.Method, request.RequestUri!.AbsoluteUri, request.Headers.Authorization!.Parameter!,
            request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken)));
        return _answer(Requests.Count - 1);
    }

    public sealed record Asked(string Method, string Url, string Token, string? Body);
}

/// <summary>An identity whose tokens are numbered.</summary>
internal sealed class FakeIdentity(TimeProvider clock) : TokenCredential
{
    public int Tokens { get; private set; }

    public string? Scope { get; private set; }

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        Scope = Assert.Single(requestContext.Scopes);
        return new AccessToken($"identity-{++Tokens}", clock.GetUtcNow().AddHours(1));
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        ValueTask.FromResult(GetToken(requestContext, cancellationToken));
}
