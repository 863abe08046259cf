using System.Text;
using DurableObjects.Turns;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DurableObjects.Http.Tests;

public sealed class FetchTests : EndpointTest
{
    private ObjectRequest Fetched => Assert.IsType<FetchTurn>(Turn).Request;

    [Fact]
    public async Task The_whole_request_reaches_the_object()
    {
        HostAnswers(new Answer { Response = ObjectResponse.Empty() });
        Request.QueryString = new("?a=1&b=%2F");
        Request.Headers["X-One"] = new(["1", "2"]);
        Request.Headers.Authorization = "Bearer mine";
        Request.Headers.Cookie = new(["a=1", "b=2"]);
        Request.Headers["Idempotency-Key"] = "k1";
        Body("raw", "text/plain");

        await FetchAsync("put", "a/b");

        Assert.Equal("PUT", Fetched.Method);
        Assert.Equal("/a/b", Fetched.Path);
        Assert.Equal("a=1&b=%2F", Fetched.Query);
        Assert.Equal("raw", Text(Fetched.Body));
        Assert.Equal("1, 2", Fetched.Headers["x-one"]);
        Assert.Equal("Bearer mine", Fetched.Headers["authorization"]);
        Assert.Equal("a=1; b=2", Fetched.Headers["cookie"]);
        Assert.Equal("text/plain", Fetched.Headers["content-type"]);
        Assert.Equal("k1", Turn!.IdempotencyKey);
        Assert.Same(Caller, Turn.Caller);
    }

    [Theory]
    [InlineData("?code=secret", "")]
    [InlineData("?a=1&code=secret&b=2", "a=1&b=2")]
    [InlineData("?a=1&%63ODE=secret", "a=1")]
    [InlineData("?codes=1&a=code", "codes=1&a=code")]
    public async Task The_api_key_is_the_hosts_and_goes_no_further(string query, string left)
    {
        HostAnswers(new Answer { Response = ObjectResponse.Empty() });
        Request.QueryString = new(query);
        Request.Headers["X-Functions-Key"] = "secret";
        Request.Headers.Connection = "keep-alive";

        await FetchAsync("GET", null);

        Assert.Equal(left, Fetched.Query);
        Assert.DoesNotContain("x-functions-key", Fetched.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("connection", Fetched.Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("/api/objects/room/lobby/fetch", "/")]
    [InlineData("/api/objects/room/lobby/fetch/", "/")]
    [InlineData("/api/objects/room/lobby/fetch/a%2Fb/%C3%A4/?q=/x", "/a%2Fb/%C3%A4/")]
    [InlineData("http://localhost:7071/api/objects/room/lobby/fetch/a//b", "/a//b")]
    public async Task The_path_is_passed_on_as_it_was_sent(string target, string path)
    {
        HostAnswers(new Answer { Response = ObjectResponse.Empty() });
        string sent = target.Split('?')[0].Replace("http://localhost:7071", "", StringComparison.Ordinal);
        Request.Path = Uri.UnescapeDataString(sent.Replace("%2F", "%252F", StringComparison.Ordinal));
        Request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget = target;

        await FetchAsync("GET", "of no use here");

        Assert.Equal(path, Fetched.Path);
    }

    [Fact]
    public async Task The_response_is_written_as_the_object_gave_it_but_for_what_belongs_to_the_connection()
    {
        HostAnswers(new Answer
        {
            Response = new ObjectResponse(
                418,
                new Dictionary<string, string>
                {
                    ["Content-Type"] = "text/teapot",
                    ["ETag"] = "\"own\"",
                    ["X-Two"] = "a\tb",
                    ["Transfer-Encoding"] = "chunked",
                    ["connection"] = "close",
                    ["Content-Length"] = "99",
                },
                "short"u8.ToArray()),
            Version = 12,
            Replayed = true,
        });

        Reply reply = await FetchAsync("GET", null);

        Assert.Equal(418, reply.Status);
        Assert.Equal("short", Encoding.UTF8.GetString(reply.Body));
        Assert.Equal("text/teapot", reply.Headers.ContentType);
        Assert.Equal("\"own\"", reply.Headers.ETag);
        Assert.Equal("a\tb", reply.Headers["X-Two"]);
        Assert.Equal("true", reply.Headers["Idempotency-Replayed"]);
        Assert.Equal(5, reply.Headers.ContentLength);
        Assert.False(reply.Headers.ContainsKey("Transfer-Encoding"));
        Assert.False(reply.Headers.ContainsKey("Connection"));
    }

    [Fact]
    public async Task A_head_request_gets_the_length_without_the_body()
    {
        HostAnswers(new Answer { Response = ObjectResponse.Text("hello") });

        Reply reply = await FetchAsync("HEAD", null);

        Assert.Equal(5, reply.Headers.ContentLength);
        Assert.Empty(reply.Body);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(205)]
    [InlineData(304)]
    public async Task A_status_that_has_no_body_gets_none(int status)
    {
        HostAnswers(new Answer { Response = ObjectResponse.Text("hello", status) });

        Reply reply = await FetchAsync("GET", null);

        Assert.Equal(status, reply.Status);
        Assert.Empty(reply.Body);
        Assert.Null(reply.Headers.ContentLength);
    }

    [Theory]
    [InlineData("X Bad", "1")]
    [InlineData("", "1")]
    [InlineData("X-Bad", "a\r\nSet-Cookie: b")]
    [InlineData("X-Bad", "ä")]
    public async Task A_header_that_http_does_not_allow_is_the_objects_error(string name, string value)
    {
        Dictionary<string, string> headers = new() { [name] = value };
        HostAnswers(new Answer { Response = new ObjectResponse(200, headers, default) });

        Reply reply = (await FetchAsync("GET", null)).MustBeProblem(500, "handler-failed");

        Assert.Contains($"'{name}'", reply.Detail, StringComparison.Ordinal);
        Assert.False(reply.Headers.ContainsKey("Set-Cookie"));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413()
    {
        Body(new byte[Limits.RequestBytes + 1], "text/plain");

        (await FetchAsync("POST", null)).MustBeProblem(413, "too-large");
    }

    [Fact]
    public async Task If_match_is_the_objects_own_business()
    {
        HostAnswers(new Answer { Response = ObjectResponse.Empty() });
        Request.Headers.IfMatch = "\"own\"";

        await FetchAsync("PUT", null);

        Assert.Null(Turn!.IfMatch);
        Assert.Equal("\"own\"", Fetched.Headers["If-Match"]);
    }

    [Fact]
    public async Task An_error_is_a_problem()
    {
        HostAnswers(
            Answer.Failed(new DurableObjectException(404, "unknown-method", "Rooms answer no requests.")) with { Replayed = true });

        Reply reply = (await FetchAsync("GET", null)).MustBeProblem(404, "unknown-method");

        Assert.Equal("true", reply.Headers["Idempotency-Replayed"]);
    }

    private Task<Reply> FetchAsync(string method, string? path)
    {
        Request.Method = method;
        return ReplyAsync(Endpoints.FetchAsync(Request, "room", "lobby", path, default));
    }
}
