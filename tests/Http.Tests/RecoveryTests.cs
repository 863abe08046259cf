using DurableObjects.History;
using DurableObjects.Turns;
using Moq;

namespace DurableObjects.Http.Tests;

/// <summary>What the recovery routes take. What a return does is the model's.</summary>
public sealed class RecoveryTests : EndpointTest
{
    private const string First = "0000000000000001-00000000000000aa";

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"bookmark\":1}")]
    [InlineData("{\"time\":\"yesterday\"}")]
    [InlineData("{\"bookmark\":\"" + First + "\",\"label\":\"a\"}")]
    [InlineData("{\"time\":\"2030-01-01T00:00:00Z\",\"label\":\"a\"}")]
    public async Task A_body_that_does_not_name_exactly_one_moment_is_refused(string body)
    {
        Body(body);
        (await RestoreAsync()).MustBeProblem(400, "invalid-argument");
        HostRunsNothing();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"label\":null}")]
    [InlineData("{\"label\":7}")]
    public async Task A_recovery_point_needs_a_label(string body)
    {
        Body(body);
        (await CreateAsync()).MustBeProblem(400, "invalid-argument");
        HostRunsNothing();
    }

    [Fact]
    public async Task An_object_that_never_was_has_no_history()
    {
        HostRemembers(null);
        (await ReplyAsync(Endpoints.RecoveryPointsAsync(Request, "room", "lobby", default))).MustBeProblem(404, "unknown-object");
        Body("{\"label\":\"a\"}");
        (await CreateAsync()).MustBeProblem(404, "unknown-object");
        Body($"{{\"bookmark\":\"{First}\"}}");
        (await RestoreAsync()).MustBeProblem(404, "unknown-object");
        HostRunsNothing();
    }

    [Fact]
    public async Task A_bookmark_past_the_retention_is_refused_before_the_object_has_a_turn_of_it()
    {
        Mock<IObjectHistory> history = new(MockBehavior.Strict);
        history.Setup(one => one.FindAsync(1, It.IsAny<CancellationToken>())).ReturnsAsync((Moment?)null);
        HostRemembers(history.Object);
        HostAnswers(Json("{\"databaseBytes\":1,\"bookmark\":\"0000000000000009-00000000000000aa\",\"parked\":[]}"));
        Body($"{{\"bookmark\":\"{First}\"}}");

        (await RestoreAsync()).MustBeProblem(410, "bookmark-expired");

        Assert.IsType<InspectTurn>(Turn);
    }

    private void HostRemembers(IObjectHistory? history) => Host
        .Setup(host => host.HistoryAsync(It.IsAny<ObjectAddress>(), It.IsAny<CancellationToken>()))
        .ReturnsAsync(history);

    private Task<Reply> RestoreAsync() => ReplyAsync(Endpoints.RestoreAsync(Request, "room", "lobby", default));

    private Task<Reply> CreateAsync() => ReplyAsync(Endpoints.CreateRecoveryPointAsync(Request, "room", "lobby", default));
}
