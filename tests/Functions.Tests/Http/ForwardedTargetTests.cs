using DurableObjects.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Functions.Tests.Http;

/// <summary>Keys behind a host that escapes paths anew: no two ever become one.</summary>
public sealed class ForwardedTargetTests
{
    [Theory]
    [InlineData("lobby")]
    [InlineData("Größe")]
    [InlineData("a b")]
    public void A_key_without_a_percent_sign_is_what_it_is(string key) => Assert.Null(ForwardedTarget.Restore(Request(key), isOnAppService: true));

    [Theory]
    [InlineData("a%2Fb")]
    [InlineData("100%")]
    [InlineData("%FF")]
    public async Task A_key_that_may_have_been_escaped_twice_is_refused_and_the_way_out_is_told(string key)
    {
        IResult? refusal = ForwardedTarget.Restore(Request(key), isOnAppService: true);
        Assert.NotNull(refusal);
        HttpContext context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider() };
        using MemoryStream body = new();
        context.Response.Body = body;
        await refusal.ExecuteAsync(context);
        Assert.Equal(400, context.Response.StatusCode);
        Assert.Contains("by its id", System.Text.Encoding.UTF8.GetString(body.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_front_ends_tell_what_was_sent_that_decides()
    {
        HttpRequest request = Request("a%2Fb");
        request.Headers[ForwardedTarget.Header] = "/api/objects/counter/a%252Fb/get?x=1";
        Assert.Null(ForwardedTarget.Restore(request, isOnAppService: true));
        Assert.Equal("/api/objects/counter/a%252Fb/get?x=1", request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget);
    }

    [Theory]
    [InlineData("")]
    [InlineData("api/objects/counter/a%252Fb")]
    [InlineData("https://elsewhere/api/objects/counter/a%252Fb")]
    public void What_is_no_path_tells_nothing(string header)
    {
        HttpRequest request = Request("a%2Fb");
        request.Headers[ForwardedTarget.Header] = header;
        Assert.NotNull(ForwardedTarget.Restore(request, isOnAppService: true));
    }

    [Fact]
    public void Where_no_front_ends_are_the_header_is_anybodys_and_not_believed()
    {
        HttpRequest request = Request("a%2Fb");
        request.Headers[ForwardedTarget.Header] = "/api/objects/counter/a%252Fb/get";
        Assert.NotNull(ForwardedTarget.Restore(request, isOnAppService: false));
    }

    private static HttpRequest Request(string key)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        request.RouteValues["key"] = key;
        return request;
    }
}
