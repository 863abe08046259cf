using Microsoft.AspNetCore.Http.Features;

namespace DurableObjects.Http.Tests;

public sealed class KeyTests : EndpointTest
{
    [Theory]
    [InlineData("lobby", "lobby", "lobby")]
    [InlineData("a%2Fb", "a%2Fb", "a/b")]
    [InlineData("a%2fb", "a%2fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb", "a%2Fb")]
    [InlineData("100%25", "100%", "100%")]
    [InlineData("%25zz%2F%25", "%zz%2F%", "%zz/%")]
    [InlineData("gr%C3%BC%C3%9Fe%2F%F0%9F%8E%89", "grüße%2F🎉", "grüße/🎉")]
    [InlineData("%2E%2E%2F", "..%2F", "../")]
    [InlineData("a+b", "a+b", "a+b")]
    public async Task A_key_is_decoded_exactly_once(string sent, string routeValue, string name)
    {
        HostAnswers(Turns.Answer.Nothing);

        await SendAsync(sent, routeValue);

        Assert.Equal(ObjectAddress.OfName("room", name), Address);
    }

    [Theory]
    [InlineData("100%", "100%")]
    [InlineData("%zz", "%zz")]
    [InlineData("%F", "%F")]
    [InlineData("%FF%2F", "%FF%2F")]
    [InlineData("%ED%A0%80", "%ED%A0%80")]
    public async Task A_key_that_is_not_percent_encoded_utf_8_is_400(string sent, string routeValue) =>
        (await SendAsync(sent, routeValue)).MustBeProblem(400, "invalid-argument");

    [Fact]
    public async Task A_key_whose_target_was_rewritten_is_400_rather_than_another_key()
    {
        Request.Path = "/api/objects/room/a%2Fb/post";
        Request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget = "/api/objects/room/x/../a%252Fb/post";

        (await CallAsync(key: "a%2Fb")).MustBeProblem(400, "invalid-argument");
    }

    [Fact]
    public async Task Without_a_raw_target_only_the_slash_is_decoded()
    {
        HostAnswers(Turns.Answer.Nothing);

        await CallAsync(key: "a%2Fb%25");

        Assert.Equal("a/b%25", Address!.Name);
    }

    [Fact]
    public async Task A_path_base_makes_no_difference()
    {
        HostAnswers(Turns.Answer.Nothing);
        Request.PathBase = "/below";
        Request.Path = "/api/objects/room/a%2Fb/post";
        Request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget = "/below/api/objects/room/a%2Fb/post?x=/y";

        await CallAsync(key: "a%2Fb");

        Assert.Equal("a/b", Address!.Name);
    }

    private Task<Reply> SendAsync(string sent, string routeValue)
    {
        Request.Path = $"/api/objects/room/{routeValue}/post";
        Request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget = $"/api/objects/room/{sent}/post?oneway=false";
        return CallAsync(key: routeValue);
    }
}
