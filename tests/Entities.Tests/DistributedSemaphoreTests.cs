using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

/// <summary>What a semaphore has beyond a lock. Queue, renewal, tokens and sockets are the same, and tested with the lock.</summary>
public sealed class DistributedSemaphoreTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    private readonly TestHost _host = TestHost.Of(typeof(DistributedSemaphore));

    private IDistributedSemaphore Semaphore => _host.Objects.Get<IDistributedSemaphore>("printers");

    private ObjectAddress Address => _host.Address<IDistributedSemaphore>("printers");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task As_many_hold_it_as_the_limit_says()
    {
        await HoldAsync("ada", limit: 2);
        await HoldAsync("bob", limit: 2);

        Assert.Equal(new LeaseResult(false, null, null, null, null, At(10)), await Semaphore.Acquire("carol", 2, 10));
        Assert.Equal(["ada", "bob"], (await Semaphore.State()).Holders.Select(lease => lease.Owner));
    }

    [Fact]
    public async Task Over_HTTP_the_state_shows_permits_and_limits()
    {
        await Semaphore.Acquire("ada", 3, 10, 2);
        await Semaphore.Acquire("bob", 3, 10, 2, 5);

        Assert.Equal(
            "{\"held\":2,\"holders\":[{\"owner\":\"ada\",\"fencingToken\":1893456000000000,\"permits\":2,"
            + "\"acquiredAt\":\"2030-01-01T00:00:00+00:00\",\"expiresAt\":\"2030-01-01T00:00:10+00:00\"}],"
            + "\"queue\":[{\"owner\":\"bob\",\"permits\":2,\"limit\":3,\"waitsUntil\":\"2030-01-01T00:00:05+00:00\"}]}",
            await _host.PostAsync("semaphore", "printers", "state"));
    }

    [Fact]
    public async Task Several_permits_are_granted_together_or_not_at_all_and_given_back_together()
    {
        LeaseResult ada = await Semaphore.Acquire("ada", 5, 10, 3);
        Assert.False((await Semaphore.Acquire("bob", 5, 10, 3)).Acquired);
        await HoldAsync("carol", limit: 5, permits: 2);
        Assert.Equal(5, (await Semaphore.State()).Held);

        Assert.True(await Semaphore.Release("ada", ada.FencingToken!.Value));

        Assert.Equal(2, (await Semaphore.State()).Held);
        await HoldAsync("bob", limit: 5, permits: 3);
    }

    [Fact]
    public async Task Who_waits_for_many_permits_is_not_overtaken_by_who_would_take_few()
    {
        await HoldAsync("ada", limit: 3, permits: 2);
        Assert.Equal(1, (await Semaphore.Acquire("bob", 3, 10, 3, 100)).Position);

        Assert.False((await Semaphore.Acquire("carol", 3, 10)).Acquired);
        Assert.Equal(2, (await Semaphore.Acquire("carol", 3, 10, 1, 100)).Position);
        await AdvanceAsync(10);

        Assert.Equal(["bob"], (await Semaphore.State()).Holders.Select(lease => lease.Owner));
        await AdvanceAsync(10);
        Assert.Equal(["carol"], (await Semaphore.State()).Holders.Select(lease => lease.Owner));
    }

    [Fact]
    public async Task When_the_place_of_who_waits_for_many_lapses_those_behind_it_are_granted_what_is_free()
    {
        await HoldAsync("ada", limit: 3, permits: 2);
        await Semaphore.Acquire("bob", 3, 10, 3, 5);
        await Semaphore.Acquire("carol", 3, 10, 1, 100);

        await AdvanceAsync(5);

        Assert.Equal(["ada", "carol"], (await Semaphore.State()).Holders.Select(lease => lease.Owner));
        Assert.Equal(At(15), (await Semaphore.State()).Holders[1].ExpiresAt);
    }

    [Fact]
    public async Task When_who_waits_for_many_cancels_those_behind_it_are_granted_what_is_free()
    {
        await HoldAsync("ada", limit: 3, permits: 2);
        await Semaphore.Acquire("bob", 3, 10, 3, 100);
        await Semaphore.Acquire("carol", 3, 10, 1, 100);

        Assert.True(await Semaphore.Cancel("bob"));

        Assert.Equal(["ada", "carol"], (await Semaphore.State()).Holders.Select(lease => lease.Owner));
    }

    [Fact]
    public async Task One_end_grants_all_that_fit_in_their_order_each_with_a_larger_token()
    {
        LeaseResult ada = await Semaphore.Acquire("ada", 4, 10, 4);
        foreach (string owner in new[] { "bob", "carol", "dan" })
        {
            await Semaphore.Acquire(owner, 4, 10, 2, 100);
        }
        await _host.HibernateAllAsync(rebuild: true);

        await AdvanceAsync(10);

        SemaphoreState state = await Semaphore.State();
        Assert.Equal(["bob", "carol"], state.Holders.Select(lease => lease.Owner));
        Assert.Equal(["dan"], state.Queue.Select(place => place.Owner));
        Assert.True(ada.FencingToken < state.Holders[0].FencingToken);
        Assert.True(state.Holders[0].FencingToken < state.Holders[1].FencingToken);
    }

    [Fact]
    public async Task Each_request_is_granted_by_its_own_limit()
    {
        await HoldAsync("ada", limit: 2);
        await HoldAsync("bob", limit: 2);

        Assert.False((await Semaphore.Acquire("carol", 2, 10)).Acquired);
        await HoldAsync("carol", limit: 3);
        Assert.False((await Semaphore.Acquire("dan", 1, 10)).Acquired);
    }

    [Fact]
    public async Task Who_waits_waits_for_what_it_asked_last()
    {
        await HoldAsync("ada", limit: 3, permits: 2);
        await Semaphore.Acquire("bob", 3, 10, 3, 100);
        await Semaphore.Acquire("carol", 3, 10, 1, 100);

        Assert.True((await Semaphore.Acquire("bob", 3, 7)).Acquired);

        Assert.Equal(new SemaphoreWaiter("carol", 1, 3, At(100)), Assert.Single((await Semaphore.State()).Queue));
        Assert.Equal((1, At(7)), ((await Semaphore.State()).Holders[1].Permits, (await Semaphore.State()).Holders[1].ExpiresAt));
    }

    [Fact]
    public async Task A_holder_that_asks_for_another_number_of_permits_is_refused_and_keeps_what_it_has()
    {
        LeaseResult held = await Semaphore.Acquire("ada", 5, 10, 2);

        await Expect.Refusal(409, "permits-differ", () => Semaphore.Acquire("ada", 5, 10, 3), "2", "3");

        Assert.Equal(held, await Semaphore.Acquire("ada", 5, 10, 2));
    }

    [Fact]
    public async Task A_lease_past_its_time_leaves_its_permits_to_others_before_the_alarm_and_cannot_be_renewed()
    {
        LeaseResult ada = await Semaphore.Acquire("ada", 1, 10);
        _host.Clock.Advance(TimeSpan.FromSeconds(10));

        await Expect.Refusal(409, "lease-lost", () => Semaphore.Renew("ada", ada.FencingToken!.Value, 10));
        await HoldAsync("bob", limit: 1);
        Assert.False(await Semaphore.Release("ada", ada.FencingToken!.Value));
    }

    [Fact]
    public async Task A_renewal_prolongs_one_lease_and_no_other()
    {
        LeaseResult ada = await Semaphore.Acquire("ada", 2, 10);
        await HoldAsync("bob", limit: 2);
        await AdvanceAsync(5);

        SemaphoreLease renewed = await Semaphore.Renew("ada", ada.FencingToken!.Value, 10);

        Assert.Equal(new SemaphoreLease("ada", ada.FencingToken!.Value, 1, Start, At(15)), renewed);
        await AdvanceAsync(5);
        Assert.Equal(["ada"], (await Semaphore.State()).Holders.Select(lease => lease.Owner));
    }

    [Fact]
    public async Task Its_sockets_hear_of_grants_with_their_permits()
    {
        TestSocket bob = await _host.ConnectAsync(Address, new Dictionary<string, string> { ["owner"] = "bob" });
        await HoldAsync("ada", limit: 2);
        await Semaphore.Acquire("bob", 2, 10, 2, 100);

        await AdvanceAsync(10);

        Assert.Equal(
            [
                new SocketReceipt(
                    "granted",
                    "[{\"owner\":\"bob\",\"fencingToken\":1893456010000000,\"permits\":2,"
                    + "\"acquiredAt\":\"2030-01-01T00:00:10+00:00\",\"expiresAt\":\"2030-01-01T00:00:20+00:00\"}]"),
            ],
            bob.Received);
    }

    [Fact]
    public async Task A_full_semaphore_of_the_largest_limit_with_a_full_queue_can_still_be_read()
    {
        static string Owner(string kind, int i) => kind + i.ToString("0000", null) + new string('\u0001', LeaseLimits.OwnerCharacters - 5);
        for (int i = 0; i < DistributedSemaphore.MaxLimit; i++)
        {
            await HoldAsync(Owner("h", i), limit: DistributedSemaphore.MaxLimit);
        }
        for (int i = 0; i < LeaseLimits.MaxWaiters; i++)
        {
            await Semaphore.Acquire(Owner("w", i), DistributedSemaphore.MaxLimit, 10, 1, 100);
        }
        await Expect.Refusal(409, "too-many-waiters", () => Semaphore.Acquire("x", 1_000, 10, 1, 100), "1,000");

        SemaphoreState state = await Semaphore.State();
        Assert.Equal((1_000, 1_000, 1_000), (state.Held, state.Holders.Count, state.Queue.Count));
        await AdvanceAsync(10);
        Assert.Equal((1_000, 0), ((await Semaphore.State()).Held, (await Semaphore.State()).Queue.Count));
    }

    [Theory]
    [InlineData("", 1, 10, 1, 0, "'owner'")]
    [InlineData("ada", 0, 10, 1, 0, "'limit'")]
    [InlineData("ada", 1_001, 10, 1, 0, "'limit'")]
    [InlineData("ada", 5, 10, 0, 0, "'permits'")]
    [InlineData("ada", 5, 10, -1, 0, "'permits'")]
    [InlineData("ada", 5, 10, 6, 0, "'permits'")]
    [InlineData("ada", 1, 0.001, 1, 0, "'ttlSeconds'")]
    [InlineData("ada", 1, 86_401, 1, 0, "'ttlSeconds'")]
    [InlineData("ada", 1, 10, 1, -1, "'waitSeconds'")]
    [InlineData("ada", 1, 10, 1, 86_401, "'waitSeconds'")]
    public async Task An_argument_outside_its_limits_is_refused(
        string owner, int limit, double ttlSeconds, int permits, double waitSeconds, string named)
    {
        await Expect.InvalidArgument(
            () => Semaphore.Acquire(owner, limit, (decimal)ttlSeconds, permits, (decimal)waitSeconds), named);
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    private static DateTimeOffset At(double seconds) => Start.AddMilliseconds(seconds * 1_000);

    private async Task HoldAsync(string owner, int limit, int permits = 1) =>
        Assert.True((await Semaphore.Acquire(owner, limit, 10, permits)).Acquired);

    private async Task AdvanceAsync(double seconds) => await _host.AdvanceAsync(TimeSpan.FromMilliseconds(seconds * 1_000));
}
