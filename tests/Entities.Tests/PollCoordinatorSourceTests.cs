using DurableObjects.Workflows;

namespace DurableObjects.Entities.Tests;

/// <summary>Which sources there are, and who may say so.</summary>
public sealed class PollCoordinatorSourceTests : PollCoordinatorTestBase
{
    [Fact]
    public async Task A_paused_source_that_moves_during_a_poll_is_not_polled_unless_that_was_asked_for()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        string poll = await BeginAsync();
        await Coordinator.Pause("cam");
        await Coordinator.Watch("cam", Url + "/moved", 60, 0);
        await Runs.Finish(poll, Success("[]"));
        await AdvanceAsync(10_000);
        Assert.Empty(Waiting());

        await Coordinator.PollNow("cam");
        poll = await BeginAsync();
        await Coordinator.PollNow("cam");
        await Coordinator.Watch("cam", Url, 60, 0);
        await Runs.Finish(poll, Success("[]"));
        Assert.Single(Waiting());
    }

    [Fact]
    public async Task Another_url_makes_it_another_source_and_what_is_under_way_is_of_no_account()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync(Success("""[{"id":"a"}]""") with { ETag = "\"1\"" });
        await Coordinator.PollNow("cam");
        string old = await BeginAsync();

        await Coordinator.Watch("cam", Url + "/new", 60, 0);
        Assert.Empty(Waiting());
        await Runs.Finish(old, Success("""[{"id":"b"}]""") with { ETag = "\"2\"" });

        Assert.Equal(new PollPermit(Url + "/new", null, null), await PermitAsync());
        await Runs.Finish(Begun.Last(), Success("""[{"id":"a"}]"""));
        Assert.Equal([("a", false), ("a", false)], (await Coordinator.Items()).Select(item => (item.Id, item.Changed)));
    }

    [Fact]
    public async Task Sources_are_listed_in_pages()
    {
        foreach (string id in (string[])["c", "a", "b"])
        {
            await Coordinator.Watch(id, Url);
        }

        PollSourcePage first = await Coordinator.Sources(2);
        Assert.Equal(["a", "b"], first.Sources.Select(one => one.Id));
        PollSourcePage second = await Coordinator.Sources(2, first.Cursor);
        Assert.Equal("c", Assert.Single(second.Sources).Id);
        Assert.Null(second.Cursor);
        await Expect.InvalidArgument(() => Coordinator.Sources(0), "'limit'");
        await Expect.InvalidArgument(() => Coordinator.Sources(101), "'limit'", "100");
    }

    [Fact]
    public async Task There_are_so_many_sources_and_no_more()
    {
        for (int i = 0; i < PollLimits.MaxSources; i++)
        {
            await Coordinator.Watch($"cam-{i}", Url);
        }

        await Expect.Refusal(409, "too-many-sources", () => Coordinator.Watch("another", Url), "1,000");
        await Coordinator.Watch("cam-0", Url + "/new");
        await Coordinator.Unwatch("cam-0");
        await Coordinator.Watch("another", Url);
    }

    [Fact]
    public async Task With_the_last_source_goes_the_coordinator()
    {
        await Coordinator.Watch("cam", Url);
        await Coordinator.Watch("other", Url);
        string poll = await BeginAsync();

        Assert.True(await Coordinator.Unwatch("cam"));
        Assert.False(await Coordinator.Unwatch("cam"));
        await Runs.Finish(poll, Success("""[{"id":"a"}]"""));
        Assert.Null(await Coordinator.Source("cam"));
        Assert.Empty(await Coordinator.Items());
        Assert.True(await Coordinator.Unwatch("other"));
        Assert.False(Host.SummaryOf(Address).Exists);
        Assert.Null(Host.SummaryOf(Address).WakeAt);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cameras/7")]
    [InlineData("ftp://cameras.example/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://ann:secret@cameras.example/")]
    [InlineData("https://")]
    [InlineData("javascript:alert(1)")]
    public async Task What_is_no_url_of_the_web_is_refused(string url) =>
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", url), "'url'");

    [Fact]
    public async Task Arguments_outside_their_limits_are_refused()
    {
        string longest = "https://cameras.example/".PadRight(PollLimits.UrlCharacters, 'x');
        await Coordinator.Watch("cam", longest);
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", longest + "x"), "'url'", "2,049", "2,048");
        await Coordinator.Watch(new string('s', 128), Url, 1, 1);
        await Coordinator.Watch("cam", Url, PollLimits.MaxEverySeconds);
        await Expect.InvalidArgument(() => Coordinator.Watch(new string('s', 129), Url), "'source'", "129", "128");
        await Expect.InvalidArgument(() => Coordinator.Watch("", Url), "'source'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, 0.999m), "'everySeconds'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, PollLimits.MaxEverySeconds + 1), "'everySeconds'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, jitter: 1.01), "'jitter'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, jitter: -0.01), "'jitter'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, format: (PollFormat)7), "'format'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, target: new PollTarget("counter", "id:zz", "increment")));
        PollTarget tooLong = new("counter", "x", new string('m', 3_000));
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, target: tooLong), "'target'");
        await Expect.InvalidArgument(() => Host.ConnectAsync(Address, new Dictionary<string, string> { ["source"] = "" }), "'source'");
        foreach (Func<string, Task> call in (Func<string, Task>[])[Coordinator.Pause, Coordinator.Resume, Coordinator.PollNow])
        {
            await Expect.Refusal(404, "unknown-source", () => call("none"), "'none'");
        }
    }

    [Fact]
    public async Task Polls_are_begun_and_finished_by_workflows_alone()
    {
        string scheduler = $"object:scheduler/{ObjectId.FromName("scheduler", "jobs")}";
        foreach (Caller other in (Caller[])[Caller.Anonymous, Caller.Of(scheduler, Caller.Object)])
        {
            IPollRuns runs = Host.Objects.Get<IPollRuns>(Address, other);
            await Expect.Refusal(403, ErrorCodes.Forbidden, () => runs.Begin("x"));
            await Expect.Refusal(403, ErrorCodes.Forbidden, () => runs.Finish("x", new PollAnswer()));
            IPollEnds ends = Host.Objects.Get<IPollEnds>(Address, other);
            WorkflowStatus failed = new("x", PollWorkflow.Name, WorkflowState.Failed, Start);
            await Expect.Refusal(403, ErrorCodes.Forbidden, () => ends.Ended(failed));
        }
        const string Ended = """{"status":{"id":"x","name":"poll","status":"failed","createdAt":"2030-01-01T00:00:00Z"}}""";
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => Host.PostAsync("poll-coordinator", "north", "ended", Ended));
    }
}

/// <summary>What only workflows may call.</summary>
public interface IPollEnds
{
    Task Ended(WorkflowStatus status);
}
