using DurableObjects.Harness;
using DurableObjects.Hosting;

namespace DurableObjects.Entities.Tests;

public sealed class DistributedLockTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    private readonly TestHost _host = TestHost.Of(typeof(DistributedLock));

    private IDistributedLock Lock => _host.Objects.Get<IDistributedLock>("door");

    private ObjectAddress Address => _host.Address<IDistributedLock>("door");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_free_lock_is_acquired_with_a_token_and_an_end()
    {
        long token = Start.ToUnixTimeMilliseconds() * 1_000;

        Assert.Equal(new LeaseResult(true, token, At(10), null, null, null), await Lock.Acquire("ada", 10));
        LockState state = await Lock.State();
        Assert.Equal(new Lease("ada", token, Start, At(10)), state.Holder);
        Assert.Empty(state.Queue);
    }

    [Fact]
    public async Task Over_HTTP_results_are_camelCase_with_ISO_times()
    {
        Assert.Equal(
            "{\"acquired\":true,\"fencingToken\":1893456000000000,\"expiresAt\":\"2030-01-01T00:00:01.5+00:00\","
            + "\"position\":null,\"waitsUntil\":null,\"heldUntil\":null}",
            await _host.PostAsync("lock", "door", "acquire", """{"owner":"ada","ttlSeconds":1.5}"""));
        Assert.Equal(
            "{\"acquired\":false,\"fencingToken\":null,\"expiresAt\":null,\"position\":1,"
            + "\"waitsUntil\":\"2030-01-01T00:00:09+00:00\",\"heldUntil\":\"2030-01-01T00:00:01.5+00:00\"}",
            await _host.PostAsync("lock", "door", "acquire", """{"owner":"bob","ttlSeconds":1,"waitSeconds":9}"""));
        Assert.Equal(
            "{\"holder\":{\"owner\":\"ada\",\"fencingToken\":1893456000000000,\"acquiredAt\":\"2030-01-01T00:00:00+00:00\","
            + "\"expiresAt\":\"2030-01-01T00:00:01.5+00:00\"},\"queue\":[{\"owner\":\"bob\","
            + "\"waitsUntil\":\"2030-01-01T00:00:09+00:00\"}]}",
            await _host.PostAsync("lock", "door", "state"));
        Assert.Equal("true", await _host.PostAsync("lock", "door", "cancel", """{"owner":"bob"}"""));
        Assert.Equal("true", await _host.PostAsync("lock", "door", "release", """{"owner":"ada","fencingToken":1893456000000000}"""));
    }

    [Fact]
    public async Task A_lock_that_is_held_is_refused_with_its_end_and_a_refusal_leaves_no_trace()
    {
        await Lock.Acquire("ada", 10);
        int commits = _host.CommitsOf(Address).Count;

        Assert.Equal(new LeaseResult(false, null, null, null, null, At(10)), await Lock.Acquire("bob", 10));

        Assert.Equal(commits, _host.CommitsOf(Address).Count);
        Assert.Empty((await Lock.State()).Queue);
    }

    [Fact]
    public async Task A_holder_that_asks_again_gets_its_lease_as_it_stands()
    {
        LeaseResult first = await Lock.Acquire("ada", 10);
        await AdvanceAsync(4);
        int commits = _host.CommitsOf(Address).Count;

        Assert.Equal(first, await Lock.Acquire("ada", 60, 60));

        Assert.Equal(commits, _host.CommitsOf(Address).Count);
    }

    [Fact]
    public async Task A_lease_holds_until_just_before_its_end_and_is_free_from_then_on_whether_or_not_an_alarm_rang()
    {
        await Lock.Acquire("ada", 10);

        _host.Clock.Advance(TimeSpan.FromMilliseconds(9_999));
        Assert.False((await Lock.Acquire("bob", 10)).Acquired);
        Assert.Equal("ada", (await Lock.State()).Holder?.Owner);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null((await Lock.State()).Holder);
        Assert.True((await Lock.Acquire("bob", 10)).Acquired);
    }

    [Fact]
    public async Task A_fraction_of_a_millisecond_neither_shortens_nor_prolongs_what_the_answer_says()
    {
        _host.Clock.Advance(TimeSpan.FromTicks(9_999));
        Assert.Equal(At(0.01), (await Lock.Acquire("ada", 0.01m)).ExpiresAt);

        _host.Clock.AdvanceTo(At(0.01).AddTicks(-1));
        Assert.False((await Lock.Acquire("bob", 1)).Acquired);
        _host.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.True((await Lock.Acquire("bob", 1)).Acquired);
    }

    [Fact]
    public async Task The_queue_is_served_in_the_order_in_which_owners_came()
    {
        long token = await AcquireAsync("ada");
        foreach ((string owner, int position) in new[] { ("bob", 1), ("carol", 2), ("dan", 3) })
        {
            Assert.Equal(new LeaseResult(false, null, null, position, At(100), At(10)), await Lock.Acquire(owner, 10, 100));
        }
        foreach (string next in new[] { "bob", "carol", "dan" })
        {
            await _host.HibernateAllAsync(rebuild: true);
            string holder = (await Lock.State()).Holder!.Owner;
            Assert.True(await Lock.Release(holder, token));
            LeaseResult granted = await Lock.Acquire(next, 10);
            Assert.True(granted.Acquired);
            Assert.True(granted.FencingToken > token);
            token = granted.FencingToken!.Value;
        }
    }

    [Fact]
    public async Task Nobody_overtakes_the_queue_not_even_where_its_head_has_not_been_granted_yet()
    {
        await Lock.Acquire("ada", 10);
        await Lock.Acquire("bob", 10, 100);
        _host.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(new LeaseResult(false, null, null, null, null, At(20)), await Lock.Acquire("carol", 10));
        Assert.Equal("bob", (await Lock.State()).Holder?.Owner);
    }

    [Fact]
    public async Task The_alarm_grants_the_next_at_the_end_of_a_lease()
    {
        await Lock.Acquire("ada", 10);
        await Lock.Acquire("bob", 5, 100);
        await Lock.Acquire("carol", 5, 100);
        await _host.HibernateAllAsync(rebuild: true);

        await AdvanceAsync(10);
        Assert.Equal(("bob", At(10), At(15)), await HolderAsync());
        await AdvanceAsync(5);
        Assert.Equal(("carol", At(15), At(20)), await HolderAsync());
    }

    [Fact]
    public async Task A_late_alarm_grants_from_when_it_came_and_not_to_those_whose_places_have_lapsed()
    {
        await Lock.Acquire("ada", 10);
        await Lock.Acquire("bob", 5, 12);
        await Lock.Acquire("carol", 5, 100);
        _host.Clock.Advance(TimeSpan.FromSeconds(50));

        await _host.TickAsync();

        Assert.Equal(("carol", At(50), At(55)), await HolderAsync());
    }

    [Fact]
    public async Task An_alarm_that_comes_when_nothing_is_due_changes_nothing()
    {
        LeaseResult held = await Lock.Acquire("ada", 10);
        await Lock.Acquire("bob", 5, 100);
        await Lock.Renew("ada", held.FencingToken!.Value, 60);
        _host.Clock.Advance(TimeSpan.FromSeconds(10));

        await _host.TickAsync();

        Assert.Equal(("ada", At(0), At(60)), await HolderAsync());
        Assert.Equal("bob", Assert.Single((await Lock.State()).Queue).Owner);
    }

    [Fact]
    public async Task A_lock_that_nobody_waits_for_needs_no_alarm()
    {
        long token = await AcquireAsync("ada");
        Assert.Null(_host.SummaryOf(Address).Alarm);
        await Lock.Acquire("bob", 10, 5);
        Assert.Equal(At(5), _host.SummaryOf(Address).Alarm);
        await AdvanceAsync(5);
        Assert.Null(_host.SummaryOf(Address).Alarm);
        await Lock.Acquire("bob", 10, 50);
        Assert.Equal(At(10), _host.SummaryOf(Address).Alarm);
        await Lock.Release("ada", token);
        Assert.Null(_host.SummaryOf(Address).Alarm);
    }

    [Fact]
    public async Task A_place_is_kept_until_just_before_its_end()
    {
        await Lock.Acquire("ada", 100);
        await Lock.Acquire("bob", 10, 5);

        _host.Clock.Advance(TimeSpan.FromMilliseconds(4_999));
        Assert.Single((await Lock.State()).Queue);
        Assert.Equal(1, (await Lock.Acquire("bob", 10)).Position);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Empty((await Lock.State()).Queue);
        Assert.Null((await Lock.Acquire("bob", 10)).Position);
    }

    [Fact]
    public async Task A_place_whose_end_is_that_of_the_lease_before_it_has_lapsed()
    {
        await Lock.Acquire("ada", 10);
        await Lock.Acquire("bob", 10, 10);

        await AdvanceAsync(10);

        Assert.Null((await Lock.State()).Holder);
    }

    [Fact]
    public async Task Asking_again_keeps_the_place_prolongs_it_and_never_shortens_it()
    {
        await Lock.Acquire("ada", 100);
        await Lock.Acquire("bob", 10, 20);
        await Lock.Acquire("carol", 10, 200);
        await AdvanceAsync(10);

        Assert.Equal((1, At(20)), PlaceOf(await Lock.Acquire("bob", 10)));
        Assert.Equal((1, At(20)), PlaceOf(await Lock.Acquire("bob", 10, 5)));
        Assert.Equal((1, At(40)), PlaceOf(await Lock.Acquire("bob", 10, 30)));
    }

    [Fact]
    public async Task The_lease_of_who_waited_is_as_long_as_it_asked_last()
    {
        long token = await AcquireAsync("ada");
        await Lock.Acquire("bob", 10, 20);
        await Lock.Acquire("bob", 7);
        await AdvanceAsync(1);

        await Lock.Release("ada", token);

        Assert.Equal(("bob", At(1), At(8)), await HolderAsync());
    }

    [Fact]
    public async Task Who_cancels_leaves_the_queue_and_those_behind_move_up()
    {
        await Lock.Acquire("ada", 100);
        await Lock.Acquire("bob", 10, 200);
        await Lock.Acquire("carol", 10, 200);

        Assert.True(await Lock.Cancel("bob"));
        Assert.False(await Lock.Cancel("bob"));
        Assert.False(await Lock.Cancel("ada"));

        Assert.Equal(1, (await Lock.Acquire("carol", 10)).Position);
        Assert.Null((await Lock.Acquire("bob", 10)).Position);
    }

    [Fact]
    public async Task Who_cancels_is_not_granted_what_is_free_by_that_very_turn()
    {
        await Lock.Acquire("ada", 10);
        await Lock.Acquire("bob", 10, 200);
        await Lock.Acquire("carol", 10, 200);
        _host.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.True(await Lock.Cancel("bob"));

        Assert.Equal("carol", (await Lock.State()).Holder?.Owner);
    }

    [Fact]
    public async Task A_place_that_has_lapsed_cannot_be_cancelled()
    {
        await Lock.Acquire("ada", 100);
        await Lock.Acquire("bob", 10, 5);
        _host.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.False(await Lock.Cancel("bob"));
    }

    [Fact]
    public async Task Renewal_has_the_lease_end_so_long_from_now()
    {
        long token = await AcquireAsync("ada");
        await Lock.Acquire("bob", 10, 100);
        await AdvanceAsync(9.999);

        Assert.Equal(new Lease("ada", token, Start, At(29.999)), await Lock.Renew("ada", token, 20));
        await AdvanceAsync(19.999);
        Assert.Equal("ada", (await Lock.State()).Holder?.Owner);
        await AdvanceAsync(0.001);
        Assert.Equal("bob", (await Lock.State()).Holder?.Owner);
    }

    [Fact]
    public async Task Renewal_may_shorten_a_lease_and_the_next_is_granted_then()
    {
        long token = await AcquireAsync("ada");
        await Lock.Acquire("bob", 10, 100);

        Assert.Equal(At(2), (await Lock.Renew("ada", token, 2)).ExpiresAt);

        await AdvanceAsync(2);
        Assert.Equal(("bob", At(2), At(12)), await HolderAsync());
    }

    [Fact]
    public async Task A_lease_past_its_time_can_neither_be_renewed_nor_released_even_if_nobody_took_it()
    {
        long token = await AcquireAsync("ada");
        _host.Clock.Advance(TimeSpan.FromSeconds(10));

        await Expect.Refusal(409, "lease-lost", () => Lock.Renew("ada", token, 10), "'ada'", $"{token}");
        Assert.False(await Lock.Release("ada", token));
    }

    [Fact]
    public async Task An_old_token_can_neither_renew_nor_release_what_its_owner_holds_anew()
    {
        long old = await AcquireAsync("ada");
        Assert.True(await Lock.Release("ada", old));
        long token = await AcquireAsync("ada");

        await Expect.Refusal(409, "lease-lost", () => Lock.Renew("ada", old, 10));
        Assert.False(await Lock.Release("ada", old));
        Assert.Equal(token, (await Lock.State()).Holder?.FencingToken);
    }

    [Fact]
    public async Task Anothers_name_with_the_token_or_ones_own_without_it_can_neither_renew_nor_release()
    {
        long token = await AcquireAsync("ada");

        await Expect.Refusal(409, "lease-lost", () => Lock.Renew("bob", token, 10));
        await Expect.Refusal(409, "lease-lost", () => Lock.Renew("ada", token + 1, 10));
        Assert.False(await Lock.Release("bob", token));
        Assert.False(await Lock.Release("ada", long.MinValue));
        Assert.NotNull((await Lock.State()).Holder);
    }

    [Fact]
    public async Task Releasing_twice_is_no_error_and_changes_nothing()
    {
        long token = await AcquireAsync("ada");
        await Lock.Acquire("bob", 10, 100);

        Assert.True(await Lock.Release("ada", token));
        Assert.False(await Lock.Release("ada", token));

        Assert.Equal("bob", (await Lock.State()).Holder?.Owner);
    }

    [Fact]
    public async Task Tokens_grow_within_a_millisecond_and_when_the_clock_stands_still()
    {
        long last = 0;
        for (int i = 0; i < 50; i++)
        {
            long token = await AcquireAsync("ada");
            Assert.True(token > last);
            last = token;
            await Lock.Release("ada", token);
        }
    }

    [Fact]
    public async Task A_lock_that_is_free_still_knows_its_last_token()
    {
        long before = 0;
        for (int i = 0; i < 3; i++)
        {
            before = await AcquireAsync("ada");
            await Lock.Release("ada", before);
        }
        await _host.HibernateAllAsync(rebuild: true);
        await _host.AdvanceAsync(TimeSpan.Zero);

        Assert.Equal(before + 1, await AcquireAsync("bob"));
    }

    [Fact]
    public async Task Tokens_go_on_growing_after_the_lock_was_deleted()
    {
        long before = await AcquireAsync("ada");
        await _host.PurgeAsync(Address, CancellationToken.None);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(await AcquireAsync("bob") > before);
    }

    [Fact]
    public async Task Tokens_go_on_growing_after_a_return_to_an_earlier_bookmark()
    {
        await AcquireAsync("ada");
        ObjectRecovery recovery = new(_host);
        string earlier = (await recovery.ListAsync(Address, Caller.Runtime, CancellationToken.None)).Current;
        _host.Clock.Advance(TimeSpan.FromSeconds(10));
        long after = await AcquireAsync("bob");
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));

        await recovery.RestoreAsync(Address, earlier, Caller.Runtime, CancellationToken.None);

        Assert.Null((await Lock.State()).Holder);
        Assert.False(await Lock.Release("bob", after));
        Assert.True(await AcquireAsync("carol") > after);
    }

    [Fact]
    public async Task A_socket_hears_of_each_grant_to_its_owner_and_of_no_other()
    {
        TestSocket bob = await ConnectAsync("bob");
        TestSocket carol = await ConnectAsync("carol");
        long token = await AcquireAsync("ada");
        await Lock.Acquire("bob", 10, 100);
        await Lock.Acquire("carol", 10, 100);
        await _host.HibernateAllAsync(rebuild: true);

        await AdvanceAsync(1);
        await Lock.Release("ada", token);

        Assert.Equal(
            [
                new SocketReceipt(
                    "granted",
                    $"[{{\"owner\":\"bob\",\"fencingToken\":{token + 1_000_000},\"acquiredAt\":\"2030-01-01T00:00:01+00:00\","
                    + "\"expiresAt\":\"2030-01-01T00:00:11+00:00\"}]"),
            ],
            bob.Received);
        Assert.Empty(carol.Received);
        await AdvanceAsync(10);
        Assert.Equal("granted", Assert.Single(carol.Received).Target);
        Assert.Single(bob.Received);
    }

    [Fact]
    public async Task A_socket_that_connects_late_hears_of_the_lease_that_its_owner_holds()
    {
        await Lock.Acquire("ada", 10);
        await Lock.Acquire("bob", 10, 100);
        _host.Clock.Advance(TimeSpan.FromSeconds(10));

        TestSocket bob = await ConnectAsync("bob");
        TestSocket ada = await ConnectAsync("ada");

        SocketReceipt receipt = Assert.Single(bob.Received);
        Assert.Contains("\"acquiredAt\":\"2030-01-01T00:00:10+00:00\"", receipt.Arguments, StringComparison.Ordinal);
        Assert.Empty(ada.Received);
    }

    [Fact]
    public async Task A_socket_hears_that_its_owners_place_has_lapsed()
    {
        TestSocket bob = await ConnectAsync("bob");
        await Lock.Acquire("ada", 10);
        await Lock.Acquire("bob", 10, 5);

        await AdvanceAsync(5);

        Assert.Equal([new SocketReceipt("lapsed", """[{"owner":"bob","waitsUntil":"2030-01-01T00:00:05+00:00"}]""")], bob.Received);
    }

    [Fact]
    public async Task A_socket_that_closes_changes_neither_lease_nor_place()
    {
        TestSocket ada = await ConnectAsync("ada");
        TestSocket bob = await ConnectAsync("bob");
        await Lock.Acquire("ada", 10);
        await Lock.Acquire("bob", 10, 100);

        await ada.CloseAsync();
        await bob.CloseAsync();

        Assert.Equal("ada", (await Lock.State()).Holder?.Owner);
        Assert.Equal("bob", Assert.Single((await Lock.State()).Queue).Owner);
    }

    [Fact]
    public async Task A_socket_without_an_owner_within_the_limits_is_refused()
    {
        await Expect.InvalidArgument(() => _host.ConnectAsync(Address), "'?owner='");
        await Expect.InvalidArgument(() => ConnectAsync(""), "'owner'");
        await ConnectAsync(new string('a', 128));
        await Expect.InvalidArgument(() => ConnectAsync(new string('a', 129)), "'owner'", "129", "128");
    }

    [Fact]
    public async Task There_are_as_many_sockets_as_the_limit_says_and_no_more()
    {
        for (int i = 0; i < LeaseLimits.MaxSockets; i++)
        {
            await ConnectAsync("ada");
        }

        await Expect.Refusal(409, "too-many-sockets", () => ConnectAsync("ada"), "2,000");
    }

    [Fact]
    public async Task There_are_as_many_places_as_the_limit_says_and_no_more()
    {
        await Lock.Acquire("ada", 10);
        for (int i = 1; i <= LeaseLimits.MaxWaiters; i++)
        {
            Assert.Equal(i, (await Lock.Acquire($"owner {i}", 10, 100)).Position);
        }

        await Expect.Refusal(409, "too-many-waiters", () => Lock.Acquire("one more", 10, 100), "1,000");
        Assert.False((await Lock.Acquire("one more", 10)).Acquired);
        Assert.Equal(1, (await Lock.Acquire("owner 1", 10, 100)).Position);
        Assert.Equal(1_000, (await Lock.State()).Queue.Count);
        await Lock.Cancel("owner 500");
        Assert.Equal(1_000, (await Lock.Acquire("one more", 10, 100)).Position);
    }

    [Theory]
    [InlineData("", 10, 0, "'owner'")]
    [InlineData("ada", 0.009, 0, "'ttlSeconds'")]
    [InlineData("ada", 0, 0, "'ttlSeconds'")]
    [InlineData("ada", -1, 0, "'ttlSeconds'")]
    [InlineData("ada", 1.0005, 0, "'ttlSeconds'")]
    [InlineData("ada", 86_400.001, 0, "'ttlSeconds'")]
    [InlineData("ada", 1, -0.001, "'waitSeconds'")]
    [InlineData("ada", 1, 86_400.001, "'waitSeconds'")]
    [InlineData("ada", 1, 0.0001, "'waitSeconds'")]
    public async Task An_argument_outside_its_limits_is_refused(string owner, double ttlSeconds, double waitSeconds, string named)
    {
        await Expect.InvalidArgument(() => Lock.Acquire(owner, (decimal)ttlSeconds, (decimal)waitSeconds), named);
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task Arguments_at_their_limits_are_taken()
    {
        string owner = new('\u0001', LeaseLimits.OwnerCharacters);
        Assert.Equal(At(0.01), (await Lock.Acquire("ada", 0.01m)).ExpiresAt);
        Assert.Equal(At(86_400), (await Lock.Acquire(owner, 86_400, 86_400)).WaitsUntil);
        await Expect.InvalidArgument(() => Lock.Acquire(owner + "a", 1), "'owner'", "129", "128");
        await Expect.InvalidArgument(() => Lock.Renew(owner + "a", 1, 1), "'owner'");
        await Expect.InvalidArgument(() => Lock.Renew(owner, 1, 0), "'ttlSeconds'");
        await Expect.InvalidArgument(() => Lock.Release("", 1), "'owner'");
        await Expect.InvalidArgument(() => Lock.Cancel(""), "'owner'");
    }

    [Fact]
    public async Task What_JSON_makes_of_an_owner_or_a_number_is_refused_if_it_is_neither()
    {
        Task PostAsync(string json) => _host.PostAsync("lock", "door", "acquire", json);

        await Expect.InvalidArgument(() => PostAsync("""{"owner":"\ud800","ttlSeconds":1}"""), "'owner'");
        await Expect.InvalidArgument(() => PostAsync("""{"owner":null,"ttlSeconds":1}"""), "'owner'");
        await Expect.InvalidArgument(() => PostAsync("""{"owner":"ada","ttlSeconds":"NaN"}"""), "'ttlSeconds'");
        await Expect.InvalidArgument(() => PostAsync("""{"owner":"ada","ttlSeconds":1e300}"""), "'ttlSeconds'");
        await Expect.InvalidArgument(() => PostAsync("""{"owner":"ada","ttlSeconds":1e28}"""), "'ttlSeconds'");
        await Expect.InvalidArgument(() => PostAsync("""{"owner":"ada"}"""), "'ttlSeconds'");
    }

    private static DateTimeOffset At(double seconds) => Start.AddMilliseconds(seconds * 1_000);

    private static (int? Position, DateTimeOffset? WaitsUntil) PlaceOf(LeaseResult result) => (result.Position, result.WaitsUntil);

    private async Task AdvanceAsync(double seconds) => await _host.AdvanceAsync(TimeSpan.FromMilliseconds(seconds * 1_000));

    private async Task<long> AcquireAsync(string owner)
    {
        LeaseResult result = await Lock.Acquire(owner, 10);
        Assert.True(result.Acquired);
        return result.FencingToken!.Value;
    }

    private async Task<(string? Owner, DateTimeOffset? AcquiredAt, DateTimeOffset? ExpiresAt)> HolderAsync()
    {
        Lease? holder = (await Lock.State()).Holder;
        return (holder?.Owner, holder?.AcquiredAt, holder?.ExpiresAt);
    }

    private Task<TestSocket> ConnectAsync(string owner) =>
        _host.ConnectAsync(Address, new Dictionary<string, string> { ["owner"] = owner });
}
