using DurableObjects.Turns;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Moq;

namespace DurableObjects.Http.Tests;

public sealed class ErrorTests : EndpointTest
{
    [Fact]
    public async Task What_a_handler_throws_goes_out_with_its_own_status_and_code()
    {
        HostAnswers(Answer.Failed(new DurableObjectException(409, "insufficient-funds", "12.50 are missing.")));

        Reply reply = (await CallAsync()).MustBeProblem(409, "insufficient-funds");

        Assert.Equal("Conflict", (string)reply.Json["title"]!);
        Assert.Equal("12.50 are missing.", reply.Detail);
        Assert.False((bool)reply.Json["retryable"]!);
        Assert.False((bool)reply.Json["overloaded"]!);
        Assert.False(reply.Headers.ContainsKey("Retry-After"));
        Assert.Empty(Log.Entries);
    }

    [Theory]
    [InlineData(null, "1")]
    [InlineData(0, "1")]
    [InlineData(1, "1")]
    [InlineData(1_001, "2")]
    [InlineData(90_000, "90")]
    public async Task Overload_says_when_to_come_back(int? milliseconds, string seconds)
    {
        HostThrows(new DurableObjectException(503, ErrorCodes.Overloaded, "1,000 turns wait.")
        {
            Retryable = true,
            Overloaded = true,
            RetryAfter = milliseconds is { } wait ? TimeSpan.FromMilliseconds(wait) : null,
        });

        Reply reply = (await CallAsync()).MustBeProblem(503, "overloaded");

        Assert.True((bool)reply.Json["retryable"]!);
        Assert.True((bool)reply.Json["overloaded"]!);
        Assert.Equal(seconds, reply.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_known_delay_is_told_without_overload_too()
    {
        HostThrows(new DurableObjectException(429, "slow-down", "Later.") { RetryAfter = TimeSpan.FromSeconds(7) });

        Assert.Equal("7", (await CallAsync()).MustBeProblem(429, "slow-down").Headers.RetryAfter);
    }

    [Fact]
    public async Task What_fails_inside_the_host_is_500_and_tells_the_log_but_not_the_client()
    {
        Request.Path = "/api/objects/room/lobby/post";
        InvalidOperationException failure = new("the secret path");
        HostThrows(failure);

        Reply reply = (await CallAsync()).MustBeProblem(500, "internal");

        Assert.DoesNotContain("secret", Text(reply.Body), StringComparison.Ordinal);
        Assert.Equal((LogLevel.Error, "POST /api/objects/room/lobby/post failed inside the host", failure), Log.Entries.Single());
    }

    [Fact]
    public async Task A_client_that_went_away_is_no_error()
    {
        HostThrows(new OperationCanceledException());
        Request.HttpContext.RequestAborted = new CancellationToken(canceled: true);

        Reply reply = await CallAsync();

        Assert.Equal(499, reply.Status);
        Assert.Empty(reply.Body);
        Assert.Empty(Log.Entries);
    }

    [Fact]
    public async Task A_cancellation_of_the_hosts_own_is_an_error()
    {
        HostThrows(new OperationCanceledException());

        (await CallAsync()).MustBeProblem(500, "internal");
    }

    [Theory]
    [InlineData(400, "malformed-request")]
    [InlineData(413, "too-large")]
    public async Task What_the_server_refuses_while_reading_keeps_its_status(int status, string code)
    {
        Mock<Stream> body = new();
        body.Setup(stream => stream.ReadAsync(It.IsAny<Memory<byte>>(), It.IsAny<CancellationToken>()))
            .Throws(new BadHttpRequestException("Unexpected end of request content.", status));
        Request.Body = body.Object;

        (await CallAsync()).MustBeProblem(status, code);
    }

    [Fact]
    public async Task An_unknown_caller_gets_no_further()
    {
        Callers.Setup(callers => callers.ResolveAsync(It.IsAny<HttpRequest>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new DurableObjectException(401, ErrorCodes.Unauthenticated, "Who are you?"));

        (await CallAsync(className: "nothing")).MustBeProblem(401, "unauthenticated");
    }
}
