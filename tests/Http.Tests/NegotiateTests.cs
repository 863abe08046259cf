namespace DurableObjects.Http.Tests;

public sealed class NegotiateTests : EndpointTest
{
    [Fact]
    public async Task A_client_is_sent_to_the_hub_with_a_ticket_for_the_object()
    {
        Request.Scheme = "https";
        Request.PathBase = "/below";
        Request.QueryString = new(
            "?author=ann&tag=a&tag=b&negotiateVersion=1&useStatefulReconnect=true&id=x&code=secret&access_token=y");

        Reply reply = await NegotiateAsync();

        Assert.Equal(200, reply.Status);
        Assert.Equal(["url", "accessToken"], reply.Json.AsObject().Select(property => property.Key));
        Assert.Equal("https://localhost:7071/below/api/sockets", (string)reply.Json["url"]!);
        SocketTicket ticket = Tickets.Validate((string)reply.Json["accessToken"]!);
        Assert.Equal(ObjectAddress.OfName("room", "lobby"), ticket.Address);
        Assert.Equal("ann", ticket.Caller.Id);
        Assert.Equal([("author", "ann"), ("tag", "a,b")], ticket.Query.Select(pair => (pair.Key, pair.Value)));
        HostRunsNothing();
    }

    [Fact]
    public async Task An_unknown_class_is_404() =>
        (await ReplyAsync(Endpoints.NegotiateAsync(Request, "nothing", "lobby", default))).MustBeProblem(404, "unknown-class");

    [Fact]
    public async Task A_query_too_long_for_a_ticket_is_400_naming_the_limit()
    {
        Request.QueryString = new($"?author={new string('a', 4_000)}");

        Reply reply = (await NegotiateAsync()).MustBeProblem(400, "invalid-argument");

        Assert.Contains("limit is 4,096", reply.Detail, StringComparison.Ordinal);
    }

    private Task<Reply> NegotiateAsync() => ReplyAsync(Endpoints.NegotiateAsync(Request, "room", "lobby", default));
}
