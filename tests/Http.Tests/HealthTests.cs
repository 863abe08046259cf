using Microsoft.AspNetCore.Http;
using Moq;

namespace DurableObjects.Http.Tests;

public sealed class HealthTests : EndpointTest
{
    [Fact]
    public async Task A_host_without_complaints_is_ok_and_says_its_versions_to_anyone()
    {
        Reply reply = await CheckAsync(Probe(null));

        Assert.Equal(200, reply.Status);
        Assert.Equal("ok", (string)reply.Json["status"]!);
        Assert.Matches("^\\d+\\.\\d+\\.\\d+", (string)reply.Json["versions"]!["durableObjects"]!);
        Assert.Matches("^3\\.\\d+\\.\\d+", (string)reply.Json["versions"]!["sqlite"]!);
        Assert.StartsWith(".NET ", (string)reply.Json["versions"]!["runtime"]!, StringComparison.Ordinal);
        Callers.Verify(callers => callers.ResolveAsync(It.IsAny<HttpRequest>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    [Fact]
    public async Task Whatever_fails_makes_it_503_with_every_reason()
    {
        Reply reply = await CheckAsync(Probe("The journal is full."), Probe(null), Probe("The clock is off."));

        Assert.Equal(503, reply.Status);
        Assert.Equal("""{"status":"failing","reasons":["The journal is full.","The clock is off."]}""", Text(reply.Body));
    }

    [Fact]
    public async Task A_probe_that_throws_fails_without_telling_what()
    {
        Mock<IHealthProbe> probe = new();
        probe.Setup(one => one.FailureAsync(It.IsAny<CancellationToken>())).ThrowsAsync(new IOException("the secret path"));

        Reply reply = await CheckAsync(probe.Object);

        Assert.Equal(503, reply.Status);
        Assert.DoesNotContain("secret", Text(reply.Body), StringComparison.Ordinal);
    }

    private static IHealthProbe Probe(string? failure)
    {
        Mock<IHealthProbe> probe = new();
        probe.Setup(one => one.FailureAsync(It.IsAny<CancellationToken>())).ReturnsAsync(failure);
        return probe.Object;
    }

    private Task<Reply> CheckAsync(params IHealthProbe[] probes) =>
        ReplyAsync(EndpointsWith(probes).HealthAsync(Request, default));
}
