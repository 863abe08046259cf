using System.Text.Json;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using Moq;

namespace DurableObjects.Http.Tests;

public sealed class ObjectTests : EndpointTest
{
    private static readonly ObjectAddress Lobby = ObjectAddress.OfName("room", "lobby");

    [Fact]
    public async Task A_new_object_gets_a_unique_id_and_its_location()
    {
        Request.PathBase = "/below";
        Request.Path = "/api/objects/room";

        Reply reply = await ReplyAsync(Endpoints.CreateAsync(Request, "room", default));

        string id = (string)reply.Json["id"]!;
        Assert.Equal(201, reply.Status);
        Assert.True(ObjectId.Parse("room", id).IsOf("room"));
        Assert.Equal($"/below/api/objects/room/id:{id}", reply.Headers.Location);
        HostRunsNothing();
    }

    [Fact]
    public async Task A_new_object_of_an_unknown_class_is_404() =>
        (await ReplyAsync(Endpoints.CreateAsync(Request, "nothing", default))).MustBeProblem(404, "unknown-class");

    [Fact]
    public async Task An_object_is_described_by_catalogue_and_database()
    {
        HostHas(new ObjectEntry(
            Lobby,
            new ObjectSummary(new Head(3, 1), 2, true) { Alarm = Clock.Now, Sockets = 4, Outbox = 5, Parked = 1 },
            Clock.Now));
        ParkedSignal parked = new("object:a/b", "post", 7, Clock.Now, "bad");
        HostAnswers(Json(JsonSerializer.Serialize(new ObjectDetails(8_192, "boom", "lost", "told", null, [parked]), ObjectJson.Options)));

        Reply reply = await DescribeAsync();

        Assert.Equal(200, reply.Status);
        Assert.Equal("\"2\"", reply.Headers.ETag);
        Assert.IsType<InspectTurn>(Turn);
        const string At = "2030-01-02T03:04:05+00:00";
        Assert.Equal(
            $$"""
            {"id":"{{Lobby.Id}}","name":"lobby","class":"room","head":"3-00000000000000000000000000000001","version":2,
            "alarm":"{{At}}","databaseSize":8192,"sockets":4,"outbox":5,"parked":1,
            "parkedSignals":[{"sender":"object:a/b","method":"post","attempts":7,"receivedAt":"{{At}}","error":"bad"}],
            "alarmError":"boom","restoreError":"lost","returnedError":"told","lastActive":"{{At}}"}
            """.ReplaceLineEndings(""),
            Text(reply.Body));
    }

    [Fact]
    public async Task An_object_that_does_not_exist_is_404_and_does_not_come_to_exist()
    {
        HostHas(null);

        (await DescribeAsync()).MustBeProblem(404, "unknown-object");

        HostRunsNothing();
    }

    [Fact]
    public async Task Delete_is_a_turn_that_heeds_if_match()
    {
        HostAnswers(Answer.Nothing);
        Request.Headers.IfMatch = "*";

        Reply reply = await DeleteAsync("");

        Assert.Equal(204, reply.Status);
        Assert.Equal(Lobby, Address);
        Assert.Equal(new DeleteTurn { Caller = Caller, IfMatch = new EntityTag(null) }, Turn);
    }

    [Fact]
    public async Task Purge_is_the_hosts()
    {
        Host.Setup(host => host.PurgeAsync(Lobby, It.IsAny<CancellationToken>())).Returns(Task.CompletedTask);

        Reply reply = await DeleteAsync("?purge=true");

        Assert.Equal(204, reply.Status);
        Host.Verify(host => host.PurgeAsync(Lobby, It.IsAny<CancellationToken>()), Times.Once);
        HostRunsNothing();
    }

    [Fact]
    public async Task Purge_does_not_pretend_to_heed_if_match()
    {
        Request.Headers.IfMatch = "\"1\"";

        (await DeleteAsync("?purge=true")).MustBeProblem(400, "invalid-argument");
    }

    [Fact]
    public async Task Purging_what_is_not_there_is_404()
    {
        Host.Setup(host => host.PurgeAsync(Lobby, It.IsAny<CancellationToken>()))
            .ThrowsAsync(new DurableObjectException(404, ErrorCodes.UnknownObject, "Gone."));

        (await DeleteAsync("?purge=true")).MustBeProblem(404, "unknown-object");
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("?drop=false", false)]
    [InlineData("?drop=true", true)]
    public async Task Parked_signals_are_retried_or_dropped(string query, bool drop)
    {
        HostHas(new ObjectEntry(Lobby, ObjectSummary.None, null));
        HostAnswers(Answer.Nothing);
        Request.QueryString = new(query);

        Reply reply = await ReplyAsync(Endpoints.ParkedSignalsAsync(Request, "room", "lobby", default));

        Assert.Equal(204, reply.Status);
        Assert.Equal(new ParkedSignalsTurn(drop) { Caller = Caller }, Turn);
    }

    [Fact]
    public async Task Parked_signals_of_an_object_that_does_not_exist_are_404()
    {
        HostHas(null);

        (await ReplyAsync(Endpoints.ParkedSignalsAsync(Request, "room", "lobby", default))).MustBeProblem(404, "unknown-object");

        HostRunsNothing();
    }

    private Task<Reply> DescribeAsync() => ReplyAsync(Endpoints.DescribeAsync(Request, "room", "lobby", default));

    private Task<Reply> DeleteAsync(string query)
    {
        Request.QueryString = new(query);
        return ReplyAsync(Endpoints.DeleteAsync(Request, "room", "lobby", default));
    }
}
