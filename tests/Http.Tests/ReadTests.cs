using System.Text.Json.Nodes;
using DurableObjects.Turns;

namespace DurableObjects.Http.Tests;

public sealed class ReadTests : EndpointTest
{
    [Theory]
    [InlineData("?limit=5", """{"limit":"5"}""")]
    [InlineData("?limit=5&tags=a&tags=b", """{"limit":"5","tags":["a","b"]}""")]
    [InlineData("?text=a%20%22b%22+%C3%A4&flag", """{"text":"a \"b\" ä","flag":""}""")]
    [InlineData("?limit=5&code=secret", """{"limit":"5"}""")]
    [InlineData("?CODE=secret", "{}")]
    [InlineData("", "")]
    public async Task Arguments_come_from_the_query_as_text(string query, string arguments)
    {
        HostAnswers(Json("[]"));
        Request.QueryString = new(query);

        Reply reply = await ReadAsync("History");

        CallTurn turn = Assert.IsType<CallTurn>(Turn);
        Assert.Equal(200, reply.Status);
        Assert.True(turn.Textual);
        Assert.Equal("history", turn.Method);
        Assert.True(
            arguments.Length == 0
                ? turn.Arguments.IsEmpty
                : JsonNode.DeepEquals(JsonNode.Parse(arguments), JsonNode.Parse(turn.Arguments.Span)),
            Text(turn.Arguments));
    }

    [Fact]
    public async Task A_method_that_writes_is_405_and_says_to_post()
    {
        Reply reply = (await ReadAsync("post")).MustBeProblem(405, "method-not-allowed");

        Assert.Equal("POST", reply.Headers.Allow);
        HostRunsNothing();
    }

    [Fact]
    public async Task An_unknown_method_is_404() => (await ReadAsync("nothing")).MustBeProblem(404, "unknown-method");

    [Fact]
    public async Task Nothing_is_204()
    {
        HostAnswers(Answer.Nothing);

        Assert.Equal(204, (await ReadAsync()).Status);
    }
}
