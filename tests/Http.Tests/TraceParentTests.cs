using System.Diagnostics;
using DurableObjects.Turns;

namespace DurableObjects.Http.Tests;

public sealed class TraceParentTests : EndpointTest
{
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task A_call_a_read_and_a_fetch_carry_the_clients_span()
    {
        HostAnswers(Json("1"));
        Request.Headers.TraceParent = TraceParent;

        await CallAsync();
        Assert.Equal(TraceParent, Turn!.TraceParent);
        await ReadAsync();
        Assert.Equal(TraceParent, Turn!.TraceParent);
        await ReplyAsync(Endpoints.FetchAsync(Request, "room", "lobby", "", default));
        Assert.Equal(TraceParent, Assert.IsType<FetchTurn>(Turn).TraceParent);
    }

    [Fact]
    public async Task What_cannot_be_a_span_is_not_kept_with_the_turn()
    {
        HostAnswers(Json("1"));
        Request.Headers.TraceParent = new string('0', 20_000);

        await CallAsync();

        Assert.Null(Turn!.TraceParent);
    }

    [Fact]
    public async Task The_requests_own_span_comes_first_if_somebody_hears_of_it()
    {
        HostAnswers(Json("1"));
        Request.Headers.TraceParent = TraceParent;
        using ActivitySource source = new("requests of this test");
        using ActivityListener listener = new()
        {
            ShouldListenTo = one => ReferenceEquals(one, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using (Activity request = source.StartActivity("request")!)
        {
            await CallAsync();
            Assert.Equal(request.Id, Turn!.TraceParent);
        }
        using Activity unheard = new Activity("as ASP.NET Core makes one for its logs").Start();
        await CallAsync();
        Assert.Equal(TraceParent, Turn!.TraceParent);
    }
}
