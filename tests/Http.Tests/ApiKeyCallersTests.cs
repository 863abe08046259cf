using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http.Tests;

public sealed class ApiKeyCallersTests
{
    private readonly HttpRequest _request = new DefaultHttpContext().Request;

    public ApiKeyCallersTests() => _request.Host = new HostString("localhost");

    [Fact]
    public async Task Without_a_key_everyone_on_this_machine_is_an_administrator()
    {
        ApiKeyCallers callers = new([]);

        Assert.True(callers.IsOpen);
        Assert.Equal(Access.Administrator, AccessPolicy.Of(await callers.ResolveAsync(_request, default)));
    }

    [Fact]
    public async Task Without_a_key_nobody_else_gets_in()
    {
        _request.Host = new HostString("example.com");

        Assert.Equal(403, (await RefusalAsync(new ApiKeyCallers([]))).Status);
    }

    [Theory]
    [InlineData("one")]
    [InlineData("two")]
    public async Task Every_key_counts_in_the_header_from_anywhere(string key)
    {
        _request.Host = new HostString("example.com");
        _request.Headers["X-Functions-Key"] = key;

        Caller caller = await new ApiKeyCallers(["one", "two"]).ResolveAsync(_request, default);

        Assert.Equal(Access.Administrator, AccessPolicy.Of(caller));
    }

    [Fact]
    public async Task A_key_counts_in_the_query()
    {
        _request.QueryString = new("?code=o%2Fne");

        Assert.Equal(Access.Administrator, AccessPolicy.Of(await new ApiKeyCallers(["o/ne"]).ResolveAsync(_request, default)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("on")]
    [InlineData("one ")]
    [InlineData("ONE")]
    [InlineData("one,two")]
    public async Task Another_key_is_401(string key)
    {
        _request.Headers["x-functions-key"] = key;

        DurableObjectException refusal = await RefusalAsync(new ApiKeyCallers(["one", "two"]));

        Assert.Equal((401, ErrorCodes.Unauthenticated), (refusal.Status, refusal.Code));
    }

    [Fact]
    public async Task No_key_is_401_and_says_where_to_put_it()
    {
        DurableObjectException refusal = await RefusalAsync(new ApiKeyCallers(["one"]));

        Assert.Equal(401, refusal.Status);
        Assert.Contains("x-functions-key", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_in_the_header_is_not_made_good_by_the_query()
    {
        _request.Headers["x-functions-key"] = "wrong";
        _request.QueryString = new("?code=one");

        Assert.Equal(401, (await RefusalAsync(new ApiKeyCallers(["one"]))).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void A_blank_key_is_a_mistake_in_the_configuration(string key) =>
        Assert.Throws<ArgumentException>(() => new ApiKeyCallers([key]));

    private Task<DurableObjectException> RefusalAsync(ApiKeyCallers callers) =>
        Assert.ThrowsAsync<DurableObjectException>(async () => await callers.ResolveAsync(_request, default));
}
