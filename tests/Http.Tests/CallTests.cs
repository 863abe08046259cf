using System.Text;
using DurableObjects.Turns;

namespace DurableObjects.Http.Tests;

public sealed class CallTests : EndpointTest
{
    [Fact]
    public async Task A_call_hands_the_host_method_arguments_and_caller()
    {
        HostAnswers(Json("7"));
        Body("""{"text":"hi"}""");

        await CallAsync("Post");

        CallTurn turn = Assert.IsType<CallTurn>(Turn);
        Assert.Equal(ObjectAddress.OfName("room", "lobby"), Address);
        Assert.Equal("post", turn.Method);
        Assert.Equal("""{"text":"hi"}""", Text(turn.Arguments));
        Assert.False(turn.Textual);
        Assert.Same(Caller, turn.Caller);
        Assert.Null(turn.IdempotencyKey);
        Assert.Null(turn.IfMatch);
    }

    [Fact]
    public async Task A_result_is_200_with_its_json_as_it_is()
    {
        HostAnswers(Json("""{"a" : 1}""") with { Version = 12 });

        Reply reply = await CallAsync();

        Assert.Equal(200, reply.Status);
        Assert.Equal("""{"a" : 1}""", Text(reply.Body));
        Assert.Equal("application/json; charset=utf-8", reply.Headers.ContentType);
        Assert.Equal(9, reply.Headers.ContentLength);
        Assert.Equal("\"12\"", reply.Headers.ETag);
        Assert.False(reply.Headers.ContainsKey("Idempotency-Replayed"));
    }

    [Fact]
    public async Task No_result_is_204_without_a_body()
    {
        HostAnswers(Answer.Nothing);

        Reply reply = await CallAsync();

        Assert.Equal(204, reply.Status);
        Assert.Empty(reply.Body);
        Assert.False(reply.Headers.ContainsKey("ETag"));
        Assert.False(reply.Headers.ContainsKey("Content-Type"));
    }

    [Fact]
    public async Task A_body_is_optional_and_needs_no_type_when_it_is_missing()
    {
        HostAnswers(Answer.Nothing);

        await CallAsync();

        Assert.True(Assert.IsType<CallTurn>(Turn).Arguments.IsEmpty);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON; charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/problem+json")]
    public async Task A_body_may_be_json_of_any_kind(string contentType)
    {
        HostAnswers(Answer.Nothing);
        Body("[1]", contentType);

        Assert.Equal(204, (await CallAsync()).Status);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/jsonp")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public async Task A_body_of_another_type_is_415(string? contentType)
    {
        Body("[1]", contentType);

        Reply reply = (await CallAsync()).MustBeProblem(415, "unsupported-media-type");

        Assert.Contains(contentType ?? "missing", reply.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_at_the_limit_arrives_whole()
    {
        HostAnswers(Answer.Nothing);
        byte[] body = new byte[Limits.RequestBytes];
        body[^1] = 9;
        Body(body, "application/json");

        await CallAsync();

        Assert.Equal(body, Assert.IsType<CallTurn>(Turn).Arguments.ToArray());
    }

    [Fact]
    public async Task A_body_announced_over_the_limit_is_413_unread()
    {
        Body(new byte[Limits.RequestBytes + 1], "application/json");

        Reply reply = (await CallAsync()).MustBeProblem(413, "too-large");

        Assert.Equal("The request's body has 4,194,305 bytes; the limit is 4,194,304 bytes.", reply.Detail);
        Assert.Equal(0, Request.Body.Position);
    }

    [Fact]
    public async Task A_body_without_a_length_is_cut_off_at_the_limit()
    {
        Body(new byte[2 * Limits.RequestBytes], "application/json");
        Request.ContentLength = null;

        Reply reply = (await CallAsync()).MustBeProblem(413, "too-large");

        Assert.Contains("limit is 4,194,304 bytes", reply.Detail, StringComparison.Ordinal);
        Assert.True(Request.Body.Position <= Limits.RequestBytes + 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4_096)]
    [InlineData(4_097)]
    [InlineData(200_000)]
    public async Task A_body_that_comes_in_pieces_without_a_length_arrives_whole(int size)
    {
        HostAnswers(Answer.Nothing);
        byte[] body = [.. Enumerable.Range(0, size).Select(i => (byte)i)];
        Body(body, "application/json");
        Request.Body = new TricklingStream(body, pieceBytes: 1_000);
        Request.ContentLength = null;

        await CallAsync();

        Assert.Equal(body, Assert.IsType<CallTurn>(Turn).Arguments.ToArray());
    }

    [Fact]
    public async Task Idempotency_key_and_if_match_reach_the_turn()
    {
        HostAnswers(Answer.Nothing);
        Request.Headers["Idempotency-Key"] = "k1";
        Request.Headers.IfMatch = "\"12\"";

        await CallAsync();

        Assert.Equal("k1", Turn!.IdempotencyKey);
        Assert.Equal(new EntityTag(12), Turn.IfMatch);
    }

    [Theory]
    [InlineData("W/\"12\"")]
    [InlineData("\"12\", \"13\"")]
    [InlineData("\"abc\"")]
    public async Task An_if_match_that_no_object_gave_out_is_400(string tag)
    {
        Request.Headers.IfMatch = tag;

        Reply reply = (await CallAsync()).MustBeProblem(400, "invalid-argument");

        Assert.Contains("If-Match", reply.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replayed_answer_says_so()
    {
        HostAnswers(Json("7") with { Replayed = true });

        Assert.Equal("true", (await CallAsync()).Headers["Idempotency-Replayed"]);
    }

    [Fact]
    public async Task A_replayed_error_says_so_too()
    {
        HostAnswers(Answer.Failed(new DurableObjectException(409, "insufficient-funds", "No.")) with { Replayed = true });

        Reply reply = (await CallAsync()).MustBeProblem(409, "insufficient-funds");

        Assert.Equal("true", reply.Headers["Idempotency-Replayed"]);
    }

    [Fact]
    public async Task A_one_way_call_is_a_signal_without_sender_and_202()
    {
        HostAnswers(Answer.Nothing);
        Request.QueryString = new("?oneway=true");
        Request.Headers["Idempotency-Key"] = "k1";
        Body("""["hi"]""");

        Reply reply = await CallAsync("POST");

        SignalTurn turn = Assert.IsType<SignalTurn>(Turn);
        Assert.Equal(202, reply.Status);
        Assert.Empty(reply.Body);
        Assert.Equal(ObjectAddress.OfName("room", "lobby"), turn.Signal.Receiver);
        Assert.Null(turn.Signal.Sender);
        Assert.Equal("post", turn.Signal.Method);
        Assert.Equal("""["hi"]""", Text(turn.Signal.Arguments));
        Assert.Equal("k1", turn.IdempotencyKey);
        Assert.Same(Caller, turn.Caller);
    }

    [Fact]
    public async Task A_refused_one_way_call_is_the_error()
    {
        HostAnswers(Answer.Failed(new DurableObjectException(400, "invalid-argument", "room.post needs the argument 'text'.")));
        Request.QueryString = new("?oneway=true");

        (await CallAsync()).MustBeProblem(400, "invalid-argument");
    }

    [Theory]
    [InlineData("?oneway=true")]
    [InlineData("")]
    public async Task An_unknown_method_is_404_before_the_host_hears_of_it(string query)
    {
        Request.QueryString = new(query);

        (await CallAsync("nothing")).MustBeProblem(404, "unknown-method");

        HostRunsNothing();
    }

    [Fact]
    public async Task An_unknown_class_is_404()
    {
        (await CallAsync(className: "nothing")).MustBeProblem(404, "unknown-class");
        HostRunsNothing();
    }

    [Fact]
    public async Task An_id_of_another_class_is_404() =>
        (await CallAsync(key: "id:" + ObjectId.Unique("other"))).MustBeProblem(404, "unknown-object");

    [Theory]
    [InlineData("id:12")]
    [InlineData("id:")]
    public async Task A_malformed_id_is_400(string key) => (await CallAsync(key: key)).MustBeProblem(400, "invalid-argument");

    [Fact]
    public async Task A_key_may_be_an_id()
    {
        HostAnswers(Answer.Nothing);
        ObjectId id = ObjectId.Unique("room");

        await CallAsync(key: "id:" + id);

        Assert.Equal(new ObjectAddress("room", id, null), Address);
    }

    [Theory]
    [InlineData("?oneway=yes")]
    [InlineData("?oneway=")]
    [InlineData("?oneway=true&oneway=false")]
    public async Task Oneway_is_true_or_false(string query)
    {
        Request.QueryString = new(query);

        Reply reply = (await CallAsync()).MustBeProblem(400, "invalid-argument");

        Assert.Contains("'oneway'", reply.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_that_only_the_object_can_judge_goes_through()
    {
        HostAnswers(Answer.Failed(new DurableObjectException(400, "invalid-argument", "not JSON")));
        Body("{");

        (await CallAsync()).MustBeProblem(400, "invalid-argument");

        Assert.Equal("{", Encoding.UTF8.GetString(Assert.IsType<CallTurn>(Turn).Arguments.Span));
    }

    [Fact]
    public async Task A_body_for_which_the_host_has_no_room_is_503_before_it_is_read_and_what_was_taken_for_it_is_given_back()
    {
        HostAnswers(Json("7"));
        Budget.Take(Budget.Limit - 200 * 1_024);
        MemoryStream stream = new(new byte[Limits.RequestBytes]);
        Body("", "application/json");
        Request.Body = stream;
        Request.ContentLength = stream.Length;
        long held = Budget.Held;

        Reply reply = await CallAsync();

        Assert.Equal(503, reply.Status);
        Assert.Equal("1", reply.Headers.RetryAfter);
        Assert.Contains("\"overloaded\":true", Text(reply.Body), StringComparison.Ordinal);
        Assert.Contains($"the limit of {Budget.Limit:N0} is passed", Text(reply.Body), StringComparison.Ordinal);
        Assert.InRange(stream.Position, 0, 200 * 1_024);
        Assert.Equal(held, Budget.Held);
        HostRunsNothing();

        Body("{}");
        Assert.Equal(200, (await CallAsync()).Status);
        Assert.Equal(held, Budget.Held);
    }
}
