using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

/// <summary>Workers that are connected, and what is pushed to them.</summary>
public sealed class WorkQueueWorkerTests : WorkQueueTestBase
{
    [Fact]
    public async Task A_connected_worker_gets_jobs_up_to_its_concurrency_and_the_next_when_one_is_done()
    {
        await EnqueueAsync("a");
        await EnqueueAsync("b");
        await EnqueueAsync("c", priority: 1);
        TestSocket socket = await ConnectAsync("w1", concurrency: 2);
        Assert.Equal(["c", "a"], Ids(Jobs(socket)));
        await Host.HibernateAllAsync(rebuild: true);
        await EnqueueAsync("d", priority: 1);
        Assert.Equal(2, socket.Received.Count);

        Assert.Null((await TellAsync(socket, "complete", Jobs(socket)[0])).Error);
        Assert.Equal(["c", "a", "d"], Ids(Jobs(socket)));
        await Queue.Complete("a", Jobs(socket)[1].Receipt);
        Assert.Equal(["c", "a", "d", "b"], Ids(Jobs(socket)));
        Assert.Equal((0, 2), await ReadyAndHeldAsync());
        Assert.Equal(1, (await Queue.Status()).Workers);
    }

    [Fact]
    public async Task Jobs_go_to_the_worker_with_the_most_room()
    {
        TestSocket small = await ConnectAsync("small", concurrency: 1);
        TestSocket large = await ConnectAsync("large", concurrency: 3);
        for (int i = 1; i <= 5; i++)
        {
            await EnqueueAsync($"{i}");
        }

        Assert.Equal(3, large.Received.Count);
        Assert.Single(small.Received);
        Assert.Equal((1, 4), await ReadyAndHeldAsync());
    }

    [Fact]
    public async Task A_job_that_becomes_visible_is_pushed_at_that_time()
    {
        TestSocket socket = await ConnectAsync("w", concurrency: 1, visibility: "1.5");
        await EnqueueAsync("a", delaySeconds: 2);
        await AdvanceAsync(1.999);
        Assert.Empty(socket.Received);
        await AdvanceAsync(0.001);
        Assert.Equal(At(3.5), Assert.Single(Jobs(socket)).VisibleAt);
        await Host.HibernateAllAsync(rebuild: true);

        await AdvanceAsync(1.499);
        Assert.Single(socket.Received);
        await AdvanceAsync(0.001);
        Assert.Equal([1, 2], Jobs(socket).Select(job => job.Delivery));
    }

    [Fact]
    public async Task A_worker_abandons_and_extends_over_its_socket_and_hears_what_was_wrong()
    {
        await EnqueueAsync("a");
        TestSocket socket = await ConnectAsync("w", concurrency: 1);
        WorkJob job = Jobs(socket)[0];
        Assert.Null((await TellAsync(socket, "extend", job, visibilitySeconds: 100)).Error);
        await AdvanceAsync(99.999);
        Assert.Single(socket.Received);
        Assert.Null((await TellAsync(socket, "abandon", job, error: "oh")).Error);
        Assert.Equal("oh", Jobs(socket)[1].LastError);

        Assert.Equal(WorkQueue.ReceiptLapsed, (await TellAsync(socket, "complete", job)).Error!.Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await TellAsync(socket, "steal", job)).Error!.Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await socket.SendAsync("text")).Error!.Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await socket.SendAsync<object?>(null)).Error!.Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await socket.SendAsync(new { action = "complete", id = "a" })).Error!.Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await socket.SendAsync(new { action = "complete", receipt = "a" })).Error!.Code);
    }

    [Fact]
    public async Task A_closed_socket_ends_no_delivery_and_a_worker_that_comes_back_is_told_of_what_it_holds()
    {
        await EnqueueAsync("a");
        await EnqueueAsync("b");
        TestSocket first = await ConnectAsync("w", concurrency: 1);
        await first.CloseAsync();
        Assert.Equal((1, 1), await ReadyAndHeldAsync());
        Assert.Equal(0, (await Queue.Status()).Workers);
        await Host.HibernateAllAsync(rebuild: true);

        TestSocket second = await ConnectAsync("w", concurrency: 2);
        Assert.Equal(first.Received[0], second.Received[0]);
        Assert.Equal(["a", "b"], Ids(Jobs(second)));
        Assert.Null((await TellAsync(second, "complete", Jobs(first)[0])).Error);
    }

    [Fact]
    public async Task What_a_lost_worker_held_goes_to_another_when_its_receipt_lapses()
    {
        await EnqueueAsync("a");
        TestSocket lost = await ConnectAsync("lost", concurrency: 1, visibility: "2");
        await lost.CloseAsync();
        TestSocket other = await ConnectAsync("other", concurrency: 1);
        await AdvanceAsync(1.999);
        Assert.Empty(other.Received);
        await AdvanceAsync(0.001);
        Assert.Equal("a", Assert.Single(Jobs(other)).Id);
    }

    [Fact]
    public async Task A_worker_that_connects_anew_takes_over_from_its_former_socket()
    {
        TestSocket former = await ConnectAsync("w", concurrency: 1);
        await EnqueueAsync("a");
        TestSocket socket = await ConnectAsync("w", concurrency: 1);
        Assert.Equal(WorkQueue.TakenOver, former.Closed!.Code);
        Assert.Equal(former.Received, socket.Received);
        // The host tells of the end of a connection that the object has closed, perhaps late.
        await former.CloseAsync();

        Assert.Equal(1, (await Queue.Status()).Workers);
        await TellAsync(socket, "complete", Jobs(socket)[0]);
        await EnqueueAsync("b");
        Assert.Equal(["a", "b"], Ids(Jobs(socket)));
        Assert.Single(former.Received);
    }

    [Fact]
    public async Task What_is_received_does_not_count_for_a_connected_worker_of_the_same_name()
    {
        TestSocket socket = await ConnectAsync("w", concurrency: 1);
        await EnqueueAsync("a");
        await EnqueueAsync("b");
        WorkJob received = Assert.Single(await Queue.Receive("w"));
        await TellAsync(socket, "complete", Jobs(socket)[0]);
        await EnqueueAsync("c");

        Assert.Equal("b", received.Id);
        Assert.Equal(["a", "c"], Ids(Jobs(socket)));
    }

    [Fact]
    public async Task Very_many_jobs_are_pushed_in_several_turns()
    {
        for (int i = 0; i < 160; i++)
        {
            await Queue.Enqueue(Json("1"), delaySeconds: 1);
        }
        TestSocket[] sockets = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(i => ConnectAsync($"w{i}", concurrency: 50)))];
        Host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, (await Host.TickAsync()).Count);

        Assert.All(sockets, socket => Assert.Equal(50, socket.Received.Count));
        Assert.Equal((10, 150), await ReadyAndHeldAsync());
    }

    [Fact]
    public async Task A_return_to_an_earlier_state_forgets_who_was_connected_then()
    {
        TestSocket socket = await ConnectAsync("w", concurrency: 5);
        Answer answer = await Host.RunAsync(Address, new InspectTurn(), CancellationToken.None);
        ObjectDetails details = JsonSerializer.Deserialize<ObjectDetails>(answer.Json.Span, ObjectJson.Options)!;
        await EnqueueAsync("a");
        Assert.Single(Jobs(socket));
        Bookmark before = Bookmark.Parse(details.Bookmark!);
        (await Host.RunAsync(Address, new RestoreTurn(before) { Caller = Caller.Runtime }, CancellationToken.None)).OrThrow();

        Assert.NotNull(socket.Closed);
        await EnqueueAsync("b");
        Assert.Equal((1, 0), await ReadyAndHeldAsync());
        Assert.Equal(0, (await Queue.Status()).Workers);
    }

    [Fact]
    public async Task Connecting_wants_a_name_and_a_concurrency_within_limits()
    {
        await RefusedAsync([], "'?worker='");
        await RefusedAsync(new() { ["worker"] = "" }, "'worker'");
        foreach (string wrong in (string[])
            ["0", "51", "-1", "x", "", "1.5", " 1", "1e1", "99999999999999999999", "99999999999999999999999"])
        {
            await RefusedAsync(new() { ["worker"] = "w", ["concurrency"] = wrong }, "'concurrency'");
        }
        foreach (string wrong in (string[])["0", "0.09", "43201", "-1", "x", "1,5", "0.1234"])
        {
            await RefusedAsync(new() { ["worker"] = "w", ["visibilitySeconds"] = wrong }, "'visibilitySeconds'");
        }
        Assert.False(Host.SummaryOf(Address).Exists);
        TestSocket socket = await ConnectAsync("w", concurrency: 50, visibility: "43200");
        Assert.True(Host.SummaryOf(Address).Exists);
        await socket.CloseAsync();
        Assert.False(Host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task So_many_workers_connect_and_no_more_until_one_leaves()
    {
        TestSocket first = await ConnectAsync("w0", concurrency: 1);
        for (int i = 1; i < WorkLimits.MaxWorkers; i++)
        {
            await ConnectAsync($"w{i}", concurrency: 1);
        }
        await Expect.Refusal(409, WorkQueue.TooManyWorkers, () => ConnectAsync("more", concurrency: 1), "256");
        await ConnectAsync("w1", concurrency: 1);
        await first.CloseAsync();
        await ConnectAsync("more", concurrency: 1);
    }

    private static IReadOnlyList<WorkJob> Jobs(TestSocket socket) =>
    [
        .. socket.Received.Select(one => one.Target == "job"
            ? JsonSerializer.Deserialize<WorkJob[]>(one.Arguments, ObjectJson.Options)!.Single()
            : throw new InvalidOperationException(one.Target)),
    ];

    private static Task<Answer> TellAsync(
        TestSocket socket, string action, WorkJob job, string? error = null, decimal visibilitySeconds = 30) =>
        socket.SendAsync(new WorkerMessage(action, job.Id, job.Receipt, 0, error, visibilitySeconds));

    private Task<TestSocket> ConnectAsync(string worker, int concurrency, string visibility = "30") => Host.ConnectAsync(
        Address, new Dictionary<string, string>
        {
            ["worker"] = worker,
            ["concurrency"] = $"{concurrency}",
            ["visibilitySeconds"] = visibility,
        });

    private Task RefusedAsync(Dictionary<string, string> query, string says) =>
        Expect.InvalidArgument(() => Host.ConnectAsync(Address, query), says);
}
