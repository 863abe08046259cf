using System.Text.Json.Nodes;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using Moq;

namespace DurableObjects.Http.Tests;

public sealed class ListingTests : EndpointTest
{
    [Fact]
    public async Task Classes_come_with_their_methods()
    {
        Reply reply = await ReplyAsync(Endpoints.ClassesAsync(Request, default));

        Assert.Equal(200, reply.Status);
        Assert.Equal(
            """{"classes":[{"name":"room","methods":[{"name":"history","readOnly":true},{"name":"post","readOnly":false}]}]}""",
            Text(reply.Body));
    }

    [Fact]
    public async Task Objects_come_with_what_the_catalogue_knows()
    {
        HostLists(101, new ObjectEntry(
            ObjectAddress.OfName("room", "ä"),
            new ObjectSummary(new Head(3, 0x1f), 2, true) { Alarm = Clock.Now, Sockets = 4 },
            Clock.Now.AddSeconds(1)));

        Reply reply = await ListAsync("");

        Assert.Equal(
            $$"""
            {"objects":[{"id":"{{ObjectId.FromName("room", "ä")}}","name":"ä","head":"3-0000000000000000000000000000001f",
            "version":2,"alarm":"2030-01-02T03:04:05+00:00","sockets":4,"lastActive":"2030-01-02T03:04:06+00:00"}]}
            """.ReplaceLineEndings(""),
            Text(reply.Body));
    }

    [Fact]
    public async Task A_full_page_has_a_cursor_that_leads_to_the_next()
    {
        ObjectEntry last = new(new ObjectAddress("room", ObjectId.Unique("room"), null), ObjectSummary.None, null);
        HostLists(3, Entry("a"), Entry("b/ä"), Entry("c"));
        JsonNode page = (await ListAsync("?limit=2")).Json;
        Assert.Equal(["a", "b/ä"], page["objects"]!.AsArray().Select(one => (string)one!["name"]!));

        Host.Setup(host => host.ListAsync("room", "", "b/ä", 3, It.IsAny<CancellationToken>())).ReturnsAsync([Entry("c"), last]);
        JsonNode next = (await ListAsync($"?limit=2&cursor={page["cursor"]}")).Json;

        Assert.Equal(2, next["objects"]!.AsArray().Count);
        Assert.False(next.AsObject().ContainsKey("cursor"));
    }

    [Fact]
    public async Task A_prefix_is_passed_on()
    {
        Host.Setup(host => host.ListAsync("room", "a b", null, 101, It.IsAny<CancellationToken>()))
            .ReturnsAsync([Entry("a b c")]);

        Assert.Single((await ListAsync("?prefix=a%20b")).Json["objects"]!.AsArray());
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1000")]
    public async Task The_limit_may_be_1_to_1000(string limit)
    {
        HostLists(int.Parse(limit, null) + 1);

        Assert.Equal(200, (await ListAsync($"?limit={limit}")).Status);
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=1001")]
    [InlineData("?limit=-1")]
    [InlineData("?limit=x")]
    [InlineData("?limit=")]
    public async Task Another_limit_is_400(string query)
    {
        Reply reply = (await ListAsync(query)).MustBeProblem(400, "invalid-argument");

        Assert.Contains("'limit' must be 1 to 1000", reply.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?cursor=*")]
    [InlineData("?cursor=_w")]
    public async Task A_cursor_that_no_page_gave_out_is_400(string query) =>
        (await ListAsync(query)).MustBeProblem(400, "invalid-argument");

    [Fact]
    public async Task An_unknown_class_is_404() =>
        (await ReplyAsync(Endpoints.ListAsync(Request, "nothing", default))).MustBeProblem(404, "unknown-class");

    private static ObjectEntry Entry(string name) => new(ObjectAddress.OfName("room", name), ObjectSummary.None, null);

    private void HostLists(int limit, params ObjectEntry[] entries) =>
        Host.Setup(host => host.ListAsync("room", "", null, limit, It.IsAny<CancellationToken>())).ReturnsAsync(entries);

    private Task<Reply> ListAsync(string query)
    {
        Request.QueryString = new(query);
        return ReplyAsync(Endpoints.ListAsync(Request, "room", default));
    }
}
