using System.Text.Json.Nodes;
using DurableObjects.Diagnostics;
using Microsoft.AspNetCore.Http;
using Moq;

namespace DurableObjects.Http.Tests;

public sealed class CardTests : EndpointTest
{
    public CardTests() => Request.QueryString = new QueryString("?card=true");

    [Fact]
    public async Task A_classs_card_comes_in_place_of_its_objects_with_what_the_host_has_measured()
    {
        Figures.Setup(figures => figures.Of("room")).Returns(new ClassFigures("room")
        {
            LiveObjects = 2,
            ColdStartSeconds = new DurationFigures(3, 0.01) { P50 = 0.002, P95 = 0.003, P99 = 0.004 },
        });
        Figures.Setup(figures => figures.CountObjectsAsync("room", It.IsAny<CancellationToken>())).ReturnsAsync(8);

        Reply reply = await CardAsync();

        Assert.Equal(200, reply.Status);
        Assert.Equal("application/json; charset=utf-8", reply.Headers.ContentType.ToString());
        JsonNode performance = reply.Json["performance_characteristics"]!;
        Assert.Equal("room", (string)reply.Json["durable_object"]!["name"]!);
        Assert.Equal("""{"p50":2,"p99":4,"count":3}""", performance["cold_start_ms"]!.ToJsonString());
        Assert.Equal("""{"objects":8,"awake":2,"asleep_share":0.75}""", performance["hibernation_savings"]!.ToJsonString());
        Assert.Equal(7, (double)performance["recovery_window_days"]!);
        Assert.Equal("""["read-only-methods"]""", reply.Json["optimization_techniques"]!.ToJsonString());
    }

    [Fact]
    public async Task A_viewer_may_see_it()
    {
        Figures.Setup(figures => figures.CountObjectsAsync("room", It.IsAny<CancellationToken>())).ReturnsAsync((long?)null);
        Caller = Caller.Of("eve", AccessPolicy.Viewer);
        Assert.Equal(200, (await CardAsync()).Status);

        Caller = Caller.Of("nobody");
        (await CardAsync()).MustBeProblem(403, "forbidden");
    }

    [Fact]
    public async Task An_unknown_class_has_none_and_card_is_true_or_false()
    {
        (await CardAsync("nothing")).MustBeProblem(404, "unknown-class");

        Request.QueryString = new QueryString("?card=perhaps");
        (await CardAsync()).MustBeProblem(400, "invalid-argument");
    }

    private Task<Reply> CardAsync(string className = "room") =>
        ReplyAsync(Endpoints.ListAsync(Request, className, CancellationToken.None));
}
