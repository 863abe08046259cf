using System.IO.Compression;
using DurableObjects.Harness;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Entities.Tests;

/// <summary>Polls from the coordinator over workflow and activity to a real web server and back.</summary>
public sealed class PollActivityTests : IAsyncLifetime
{
    private readonly TestHost _host = HostOf("true");

    private WebSource _source = null!;

    private IPollCoordinator Coordinator => _host.Objects.Get<IPollCoordinator>("north");

    public async Task InitializeAsync() => _source = await WebSource.StartAsync();

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task New_items_of_a_source_are_in_the_feed()
    {
        _source.Answer = context => context.Response.WriteAsync("""[{"id":"a","what":"lynx"}]""");

        await Coordinator.Watch("cam", _source.Url);

        Assert.Equal("""{"id":"a","what":"lynx"}""", Assert.Single(await Coordinator.Items()).Content.GetRawText());
        PollSource source = (await Coordinator.Source("cam"))!;
        Assert.Equal((false, 200, FakeClock.DefaultStart), (source.Polling, source.LastStatus, source.LastSuccess));
    }

    [Fact]
    public async Task A_source_is_asked_on_condition_and_304_is_a_success_without_items()
    {
        _source.Answer = context =>
        {
            context.Response.Headers.ETag = "\"v1\"";
            context.Response.Headers.LastModified = "Tue, 01 Jan 2030 00:00:00 GMT";
            if (context.Request.Headers.IfNoneMatch == "\"v1\"")
            {
                context.Response.StatusCode = 304;
                return Task.CompletedTask;
            }
            return context.Response.WriteAsync("""[{"id":"a"}]""");
        };
        await Coordinator.Watch("cam", _source.Url, 60, 0);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(["", "\"v1\""], _source.Requests.Select(headers => headers.IfNoneMatch.ToString()));
        Assert.Equal(["", "Tue, 01 Jan 2030 00:00:00 GMT"], _source.Requests.Select(headers => headers.IfModifiedSince.ToString()));
        PollSource source = (await Coordinator.Source("cam"))!;
        Assert.Equal((304, 0, 1L), (source.LastStatus, source.Failures, source.Items));
        Assert.Equal(FakeClock.DefaultStart.AddSeconds(60), source.LastSuccess);
    }

    [Fact]
    public async Task An_answer_of_304_that_was_not_asked_for_is_a_failure()
    {
        _source.Answer = context => Task.FromResult(context.Response.StatusCode = 304);
        await Coordinator.Watch("cam", _source.Url);
        Assert.Equal("The source answered 304.", (await Coordinator.Source("cam"))!.LastError);
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("Tue, 01 Jan 2030 00:05:00 GMT", 300)]
    public async Task A_source_that_answers_with_an_error_is_left_alone_as_long_as_it_says(string retryAfter, double waits)
    {
        _source.Answer = context =>
        {
            context.Response.Headers.RetryAfter = retryAfter;
            return Task.FromResult(context.Response.StatusCode = 503);
        };
        await Coordinator.Watch("cam", _source.Url, 10, 0);

        PollSource source = (await Coordinator.Source("cam"))!;
        Assert.Equal((503, "The source answered 503."), (source.LastStatus, source.LastError));
        Assert.Equal(FakeClock.DefaultStart.AddSeconds(waits), source.NextAt);
    }

    [Fact]
    public async Task A_source_that_is_not_there_is_a_failure_that_says_so()
    {
        string url = _source.Url;
        await _source.DisposeAsync();
        await Coordinator.Watch("cam", url);
        await Coordinator.Watch("nowhere", "http://no-such-host.invalid/");

        Assert.StartsWith("The source was not reached: ", (await Coordinator.Source("cam"))!.LastError, StringComparison.Ordinal);
        Assert.StartsWith("The source was not reached: ", (await Coordinator.Source("nowhere"))!.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_a_failure()
    {
        _source.Answer = async context =>
        {
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("[");
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        await Coordinator.Watch("cam", _source.Url);
        Assert.Equal(1, (await Coordinator.Source("cam"))!.Failures);
    }

    [Fact]
    public async Task A_body_may_have_so_many_bytes_and_no_more_also_when_it_came_packed()
    {
        int size = PollLimits.BodyBytes;
        _source.Answer = async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using GZipStream packed = new(context.Response.Body, CompressionLevel.Fastest);
            await packed.WriteAsync(System.Text.Encoding.UTF8.GetBytes("[]".PadRight(size)));
        };
        await Coordinator.Watch("cam", _source.Url);
        Assert.Equal(0, (await Coordinator.Source("cam"))!.Failures);
        size++;
        await Coordinator.PollNow("cam");
        Assert.Equal("The body has more than 524,288 bytes, which is the limit.", (await Coordinator.Source("cam"))!.LastError);
    }

    [Fact]
    public async Task A_body_that_is_not_packed_as_it_says_is_a_failure()
    {
        _source.Answer = context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return context.Response.WriteAsync("""[{"id":"a"}]""");
        };
        await Coordinator.Watch("cam", _source.Url);
        Assert.StartsWith("The answer cannot be read: ", (await Coordinator.Source("cam"))!.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_takes_too_long_is_a_failure_and_its_request_ends()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _source.Answer = async context =>
        {
            context.RequestAborted.Register(ended.SetResult);
            asked.SetResult();
            await ended.Task;
        };
        Task watching = Coordinator.Watch("cam", _source.Url);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _host.Clock.Advance(PollLimits.PollTimeout);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await watching;

        Assert.Equal("The source has not answered within 30 s.", (await Coordinator.Source("cam"))!.LastError);
    }

    [Fact]
    public async Task Redirects_are_followed_and_not_for_ever()
    {
        _source.Answer = context =>
        {
            if (context.Request.Path == "/old")
            {
                context.Response.Redirect("/new");
                return Task.CompletedTask;
            }
            if (context.Request.Path == "/round")
            {
                context.Response.Redirect("/round");
                return Task.CompletedTask;
            }
            return context.Response.WriteAsync("""[{"id":"a"}]""");
        };
        await Coordinator.Watch("cam", _source.Url + "/old");
        Assert.Single(await Coordinator.Items());
        await Coordinator.Watch("round", _source.Url + "/round");
        Assert.Equal("The source answered 302.", (await Coordinator.Source("round"))!.LastError);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("false")]
    [InlineData("1")]
    public async Task Without_the_setting_nothing_of_the_hosts_own_network_is_reached(string? setting)
    {
        await using TestHost host = HostOf(setting);
        IPollCoordinator coordinator = host.Objects.Get<IPollCoordinator>("north");
        string port = _source.Url.Split(':')[^1];
        foreach (string name in (string[])["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1"])
        {
            await coordinator.Watch("cam", $"http://{name}:{port}/");
            Assert.Contains("no public address", (await coordinator.Source("cam"))!.LastError ?? "none", StringComparison.Ordinal);
        }
        Assert.Empty(_source.Requests);
    }

    [Fact]
    public async Task A_workflow_that_nobody_asked_for_polls_nothing()
    {
        await Coordinator.Watch("cam", _source.Url);
        await _host.Workflows.StartAsync(PollWorkflow.Name, "poll-made-up", new Workflows.WorkflowCommand(Workflows.WorkflowVerb.Start)
        {
            Payload = System.Text.Json.JsonSerializer.SerializeToElement(new PollOrder("poll-coordinator", "north"), ObjectJson.Options),
        }, CancellationToken.None);
        await _host.DeliverAsync();

        Assert.Single(_source.Requests);
    }

    [Fact]
    public async Task A_worker_that_dies_before_its_poll_is_recorded_does_not_ask_the_source_again()
    {
        bool dies = true;
        _host.LosesOutcome = () => dies;
        _source.Answer = context => context.Response.WriteAsync("""[{"id":"a"}]""");
        await Coordinator.Watch("cam", _source.Url, 10, 0);
        dies = false;
        await _host.DrainAsync();

        Assert.Single(_source.Requests);
        Assert.Single(await Coordinator.Items());
    }

    private static TestHost HostOf(string? allowsPrivate) => new(
        [typeof(PollCoordinator)],
        services => services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection([new(PollActivity.AllowPrivateAddresses, allowsPrivate)]).Build()),
        workflows: [typeof(PollWorkflow), typeof(PollActivity)]);
}
