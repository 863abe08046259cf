using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using DurableObjects.Webhooks;
using DurableObjects.Webhooks.Queue;
using DurableObjects.Webhooks.Signatures;
using Microsoft.AspNetCore.Http;
using Moq;

namespace DurableObjects.Http.Tests;

public sealed class WebhookTests : EndpointTest
{
    private const string Event = """{ "action":  "opened" }""";

    private static readonly string Delivery =
        """
        {"id":"d/1","type":"issues.opened","state":"dead","timestamp":"2030-01-01T00:00:00+00:00","receivedAt":"2030-01-01T00:00:00+00:00",
        "verifiedAt":"2030-01-01T00:00:00+00:00","storedAt":"2030-01-01T00:00:00+00:00","bytes":3,"hasBody":true,"round":1}
        """;

    private Task<Reply> TakeAsync(string source = "shop", string key = "ann") =>
        ReplyAsync(Endpoints.TakeWebhookAsync(Request, source, key, default));

    private void Signed(string body, string secret = "secret")
    {
        Body(body, "application/json");
        byte[] signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body));
        Request.Method = "POST";
        Request.Headers["X-Hub-Signature-256"] = $"sha256={Convert.ToHexStringLower(signature)}";
        Request.Headers["X-GitHub-Delivery"] = "d-1";
        Request.Headers["X-GitHub-Event"] = "issues";
        Request.Headers.Cookie = "not kept";
    }

    [Fact]
    public async Task A_signed_webhook_is_stored_as_it_came_and_accepted_without_a_look_at_its_caller()
    {
        Signed(Event);
        HostAnswers(Json("true"));
        DateTimeOffset before = DateTimeOffset.UtcNow;

        Reply reply = await TakeAsync();

        Assert.Equal((202, """{"id":"d-1","duplicate":false}"""), (reply.Status, reply.Json.ToJsonString()));
        Assert.Equal(WebhookQueue.AddressOf("shop", "ann"), Address);
        CallTurn turn = Assert.IsType<CallTurn>(Turn);
        Assert.Equal(("receive", Caller.Runtime), (turn.Method, turn.Caller));
        IncomingWebhook stored = JsonSerializer.Deserialize<IncomingWebhook[]>(turn.Arguments.Span, ObjectJson.Options)!.Single();
        Assert.Equal(("d-1", "issues.opened", Event), (stored.Id, stored.Type, Encoding.UTF8.GetString(stored.Body)));
        Assert.Equal(
            ["Content-Type", "X-Hub-Signature-256", "X-GitHub-Delivery", "X-GitHub-Event"], stored.Headers.Select(header => header.Name));
        Assert.InRange(stored.ReceivedAt, before, stored.VerifiedAt);
        Callers.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task One_that_is_known_already_is_answered_200()
    {
        Signed(Event);
        HostAnswers(Json("false"));
        Reply reply = await TakeAsync();
        Assert.Equal((200, """{"id":"d-1","duplicate":true}"""), (reply.Status, reply.Json.ToJsonString()));
    }

    [Fact]
    public async Task A_bad_signature_is_refused_without_a_detail_and_counted_by_its_reason()
    {
        Signed(Event, "another secret");
        Reply reply = (await TakeAsync()).MustBeProblem(401, WebhookErrorCodes.InvalidSignature);
        Assert.Equal("The signature is not valid.", reply.Detail);
        Request.Headers.Remove("X-Hub-Signature-256");
        (await TakeAsync()).MustBeProblem(401, WebhookErrorCodes.InvalidSignature);
        HostRunsNothing();
        Assert.Equal(
            [("shop", WebhookReasons.HeaderMissing, 1L), ("shop", WebhookReasons.NoMatch, 1L)], Refusals.All);

        string metrics = Encoding.UTF8.GetString((await ReplyAsync(Endpoints.MetricsAsync(Request, default))).Body);
        Assert.Contains(
            $"durable_objects_webhook_refusals_total{{source=\"shop\",reason=\"{WebhookReasons.NoMatch}\"}} 1\n", metrics,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_that_cannot_be_used_says_why()
    {
        Signed(Event);
        Request.Headers["X-GitHub-Delivery"] = "with space";
        Reply reply = (await TakeAsync()).MustBeProblem(400, WebhookErrorCodes.Malformed);
        Assert.Contains(WebhookReasons.BadId, reply.Detail, StringComparison.Ordinal);
        HostRunsNothing();
    }

    [Fact]
    public async Task An_unknown_source_is_not_found_before_its_body_is_read()
    {
        Request.Body = new TricklingStream([], 1);
        (await TakeAsync("none")).MustBeProblem(404, WebhookErrorCodes.UnknownSource);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_its_limit_is_refused_while_it_is_read(bool announced)
    {
        Signed(new string('x', WebhookLimits.BodyBytes + 1));
        Request.ContentLength = announced ? Request.ContentLength : null;
        Reply reply = (await TakeAsync()).MustBeProblem(413, ErrorCodes.TooLarge);
        Assert.Contains("1,048,576", reply.Detail, StringComparison.Ordinal);
        HostRunsNothing();

        Signed(new string('x', WebhookLimits.BodyBytes));
        HostAnswers(Json("true"));
        Assert.Equal(202, (await TakeAsync()).Status);
    }

    [Theory]
    [InlineData(ErrorCodes.Overloaded, 503)]
    [InlineData(ErrorCodes.StorageFull, 507)]
    public async Task A_full_queue_sends_its_sender_away_for_a_while(string code, int status)
    {
        Signed(Event);
        HostAnswers(Answer.Failed(new DurableObjectException(status, code, "Full.") { Overloaded = status == 503 }));
        Reply reply = (await TakeAsync()).MustBeProblem(503, ErrorCodes.Overloaded);
        Assert.NotEmpty(reply.Headers.RetryAfter.ToString());
    }

    [Fact]
    public async Task Keys_and_ids_are_what_was_sent_percent_decoded_once()
    {
        HostAnswers(Json("1"));
        HostHas(Entry("a%2Fb/c"));
        Request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget =
            "/api/webhooks/shop/a%252Fb%2Fc/deliveries/d%2F1/redeliver";
        Request.Path = "/api/webhooks/shop/a%2Fb%2Fc/deliveries/d%2F1/redeliver";

        Reply reply = await ReplyAsync(Endpoints.RedeliverAsync(Request, "shop", "a%2Fb%2Fc", "d%2F1", default));

        Assert.Equal((202, """{"count":1}"""), (reply.Status, reply.Json.ToJsonString()));
        Assert.Equal(WebhookQueue.AddressOf("shop", "a%2Fb/c"), Address);
        CallTurn turn = Assert.IsType<CallTurn>(Turn);
        Assert.Equal(("redeliver", """[["d/1"]]""", Caller), (turn.Method, Text(turn.Arguments), turn.Caller));
    }

    [Theory]
    [InlineData("""{ "ids": ["a", "b"] }""", "redeliver", """[["a","b"]]""")]
    [InlineData("""{ "state": "dead" }""", "redeliverDead", "[]")]
    public async Task Some_or_all_dead_letters_are_delivered_again(string body, string method, string arguments)
    {
        HostAnswers(Json("2"));
        HostHas(Entry("ann"));
        Body(body);
        Reply reply = await ReplyAsync(Endpoints.RedeliverSomeAsync(Request, "shop", "ann", default));
        Assert.Equal((202, """{"count":2}"""), (reply.Status, reply.Json.ToJsonString()));
        CallTurn turn = Assert.IsType<CallTurn>(Turn);
        Assert.Equal((method, arguments), (turn.Method, Text(turn.Arguments)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{ "state": "delivered" }""")]
    [InlineData("""{ "state": "dead", "ids": ["a"] }""")]
    [InlineData("""{ "ids": "a" }""")]
    public async Task What_to_deliver_again_must_be_said_in_one_way(string body)
    {
        Body(body);
        HostHas(Entry("ann"));
        (await ReplyAsync(Endpoints.RedeliverSomeAsync(Request, "shop", "ann", default))).MustBeProblem(400, ErrorCodes.InvalidArgument);
        HostRunsNothing();
    }

    [Fact]
    public async Task Deliveries_are_listed_by_state_a_page_at_a_time()
    {
        HostAnswers(Json($$"""{"deliveries":[{{Delivery}}],"cursor":"7"}"""));
        HostHas(Entry("ann"));
        Request.QueryString = new QueryString("?state=Dead&limit=5&cursor=12");
        Reply reply = await ReplyAsync(Endpoints.DeliveriesAsync(Request, "shop", "ann", default));
        Assert.Equal("d/1", (string)reply.Json["deliveries"]![0]!["id"]!);
        Assert.Equal("7", (string)reply.Json["cursor"]!);
        Assert.Equal("""["dead",5,"12"]""", Text(Assert.IsType<CallTurn>(Turn).Arguments));
    }

    [Theory]
    [InlineData("?state=none", "waiting, running, delivered, dead, unhandled, skipped")]
    [InlineData("?state=1", "'state'")]
    [InlineData("?limit=0", "'limit'")]
    [InlineData("?limit=1001", "1000")]
    public async Task A_bad_query_names_its_parameter(string query, string named)
    {
        HostHas(Entry("ann"));
        Request.QueryString = new QueryString(query);
        Reply reply = (await ReplyAsync(Endpoints.DeliveriesAsync(Request, "shop", "ann", default)))
            .MustBeProblem(400, ErrorCodes.InvalidArgument);
        Assert.Contains(named, reply.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_is_for_contributors()
    {
        HostHas(Entry("ann"));
        HostAnswers(Json(Delivery));
        Caller = Caller.Of("ann", AccessPolicy.Viewer);
        Reply without = await ReplyAsync(Endpoints.DeliveryAsync(Request, "shop", "ann", "d-1", default));
        Assert.Equal(("d/1", null), ((string)without.Json["id"]!, without.Json["body"]));

        Request.QueryString = new QueryString("?body=true");
        (await ReplyAsync(Endpoints.DeliveryAsync(Request, "shop", "ann", "d-1", default))).MustBeProblem(403, ErrorCodes.Forbidden);

        Caller = Caller.Of("ann", AccessPolicy.Contributor);
        Host.Setup(host => host.RunAsync(
                It.IsAny<ObjectAddress>(), It.Is<Turn>(turn => ((CallTurn)turn).Method == "content"), It.IsAny<CancellationToken>()))
            .ReturnsAsync(Json("\"eHh4\""));
        Reply with = await ReplyAsync(Endpoints.DeliveryAsync(Request, "shop", "ann", "d-1", default));
        Assert.Equal("eHh4", (string)with.Json["body"]!);
    }

    [Fact]
    public async Task A_question_about_what_never_came_makes_nothing()
    {
        HostHas(null);
        (await ReplyAsync(Endpoints.WebhookQueueAsync(Request, "shop", "ann", default))).MustBeProblem(404, WebhookErrorCodes.UnknownQueue);
        (await ReplyAsync(Endpoints.DeliveryAsync(Request, "none", "ann", "x", default)))
            .MustBeProblem(404, WebhookErrorCodes.UnknownQueue);
        HostRunsNothing();

        HostHas(Entry("ann"));
        HostAnswers(Answer.Nothing);
        (await ReplyAsync(Endpoints.DeliveryAsync(Request, "shop", "ann", "x", default)))
            .MustBeProblem(404, WebhookErrorCodes.UnknownDelivery);
    }

    [Fact]
    public async Task A_queue_is_resumed_and_a_delivery_skipped()
    {
        HostHas(Entry("ann"));
        HostAnswers(Json("true"));
        Assert.Equal(
            """{"hadStopped":true}""", (await ReplyAsync(Endpoints.ResumeQueueAsync(Request, "shop", "ann", default))).Json.ToJsonString());
        HostAnswers(Answer.Nothing);
        Assert.Equal(202, (await ReplyAsync(Endpoints.SkipDeliveryAsync(Request, "shop", "ann", "d-1", default))).Status);
        CallTurn turn = Assert.IsType<CallTurn>(Turn);
        Assert.Equal(("skip", """["d-1"]""", Caller), (turn.Method, Text(turn.Arguments), turn.Caller));
    }

    private static ObjectEntry Entry(string key) => new(WebhookQueue.AddressOf("shop", key), ObjectSummary.None, null);
}
