using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class LeaderElectionTests : IAsyncLifetime
{
    private const string Nobody = """[{"leader":null,"term":null,"electedAt":null}]""";

    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    private readonly TestHost _host = TestHost.Of(typeof(LeaderElection));

    private ILeaderElection Election => _host.Objects.Get<ILeaderElection>("workers");

    private ILeaderElection AsAdministrator =>
        _host.Objects.Get<ILeaderElection>("workers", Caller.Of("ops", Caller.Administrator));

    private ObjectAddress Address => _host.Address<ILeaderElection>("workers");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task The_first_candidate_leads_and_the_others_follow()
    {
        long term = Start.ToUnixTimeMilliseconds() * 1_000;

        Assert.Equal(new CampaignResult(true, "a", term, null, At(10)), await Election.Campaign("a", 10));
        Assert.Equal(new CampaignResult(false, "a", term, 1, At(20)), await Election.Campaign("b", 20));
        Assert.Equal(new CampaignResult(false, "a", term, 2, At(30)), await Election.Campaign("c", 30));

        ElectionState state = await Election.State();
        Assert.Equal(("a", term, Start, At(10)), (state.Leader, state.Term, state.ElectedAt, state.ExpiresAt));
        Assert.Equal([new Candidate("b", At(20)), new Candidate("c", At(30))], state.Candidates);
    }

    [Fact]
    public async Task Over_HTTP_the_state_of_an_election_without_candidates_is_all_null()
    {
        Assert.Equal(
            """{"leader":null,"term":null,"electedAt":null,"expiresAt":null,"candidates":[]}""",
            await _host.PostAsync("leader-election", "workers", "state"));
        Assert.Equal(
            """{"isLeader":true,"leader":"a","term":1893456000000000,"position":null,"expiresAt":"2030-01-01T00:00:10+00:00"}""",
            await _host.PostAsync("leader-election", "workers", "campaign", """{"candidate":"a","ttlSeconds":10}"""));
    }

    [Fact]
    public async Task A_leader_that_renews_stays_and_one_that_does_not_is_followed_by_the_next_to_the_millisecond()
    {
        long term = await LeadAsync("a");
        await Election.Campaign("b", 1_000);
        await AdvanceAsync(9.999);
        Assert.Equal(new CampaignResult(true, "a", term, null, At(19.999)), await Election.Renew("a", term, 10));
        await _host.HibernateAllAsync(rebuild: true);

        await AdvanceAsync(9.999);
        Assert.Equal("a", (await Election.State()).Leader);
        await AdvanceAsync(0.001);

        ElectionState state = await Election.State();
        Assert.Equal(("b", At(19.999), At(1_019.999)), (state.Leader, state.ElectedAt, state.ExpiresAt));
        Assert.True(state.Term > term);
        Assert.Empty(state.Candidates);
    }

    [Fact]
    public async Task A_leader_past_its_time_does_not_lead_even_before_the_alarm()
    {
        long term = await LeadAsync("a");
        _host.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Null((await Election.State()).Leader);
        await Expect.Refusal(409, "not-leader", () => Election.Renew("a", term, 10), "'a'", $"{term}");
        Assert.False(await Election.Resign("a", term));
        Assert.True((await Election.Campaign("b", 10)).IsLeader);
    }

    [Fact]
    public async Task A_leader_that_campaigns_is_told_its_term_as_it_stands()
    {
        long term = await LeadAsync("a");
        await AdvanceAsync(5);

        Assert.Equal(new CampaignResult(true, "a", term, null, At(10)), await Election.Campaign("a", 60));
    }

    [Fact]
    public async Task A_candidate_that_does_not_campaign_again_leaves_the_queue()
    {
        await Election.Campaign("a", 100);
        await Election.Campaign("b", 10);
        await Election.Campaign("c", 10);
        await AdvanceAsync(9.999);
        Assert.Equal((2, At(19.999)), PlaceOf(await Election.Campaign("c", 10)));
        await AdvanceAsync(0.001);

        Assert.Equal(["c"], (await Election.State()).Candidates.Select(one => one.Name));
        Assert.Equal((2, At(20)), PlaceOf(await Election.Campaign("b", 10)));
    }

    [Fact]
    public async Task Who_resigns_is_followed_by_the_next_and_is_no_candidate_any_more()
    {
        long term = await LeadAsync("a");
        await Election.Campaign("b", 10);

        Assert.True(await Election.Resign("a", term));
        Assert.False(await Election.Resign("a", term));

        ElectionState state = await Election.State();
        Assert.Equal("b", state.Leader);
        Assert.Empty(state.Candidates);
        Assert.Equal(1, (await Election.Campaign("a", 10)).Position);
    }

    [Fact]
    public async Task An_old_term_can_do_nothing_even_if_its_leader_leads_again()
    {
        long old = await LeadAsync("a");
        await Election.Resign("a", old);
        long term = await LeadAsync("a");
        await Election.Campaign("b", 10);

        await Expect.Refusal(409, "not-leader", () => Election.Renew("a", old, 10));
        await Expect.Refusal(409, "not-leader", () => Election.HandOver("a", old, "b"));
        await Expect.Refusal(409, "not-leader", () => Election.HandOver("b", term, "b"));
        Assert.False(await Election.Resign("a", old));
        Assert.Equal(term, (await Election.State()).Term);
    }

    [Fact]
    public async Task A_leader_hands_over_to_a_candidate_wherever_it_stands()
    {
        long term = await LeadAsync("a");
        await Election.Campaign("b", 10);
        await Election.Campaign("c", 20);
        await AdvanceAsync(1);

        Leadership next = await Election.HandOver("a", term, "c");

        Assert.Equal(("c", At(1)), (next.Leader, next.ElectedAt));
        Assert.True(next.Term > term);
        ElectionState state = await Election.State();
        Assert.Equal(("c", At(21)), (state.Leader, state.ExpiresAt));
        Assert.Equal(["b"], state.Candidates.Select(one => one.Name));
        await Expect.Refusal(409, "not-leader", () => Election.Renew("a", term, 10));
    }

    [Fact]
    public async Task A_leader_hands_over_to_nobody_else_and_then_still_leads()
    {
        long term = await LeadAsync("a");
        await Election.Campaign("b", 5);

        await Expect.Refusal(409, "not-a-candidate", () => Election.HandOver("a", term, "c"), "'c'");
        await Expect.Refusal(409, "not-a-candidate", () => Election.HandOver("a", term, "a"), "'a'");
        _host.Clock.Advance(TimeSpan.FromSeconds(5));
        await Expect.Refusal(409, "not-a-candidate", () => Election.HandOver("a", term, "b"), "'b'");

        Assert.Equal("a", (await Election.State()).Leader);
    }

    [Fact]
    public async Task A_follower_withdraws_and_a_leader_does_not()
    {
        await LeadAsync("a");
        await Election.Campaign("b", 10);

        Assert.True(await Election.Withdraw("b"));
        Assert.False(await Election.Withdraw("b"));
        Assert.False(await Election.Withdraw("a"));

        Assert.Equal("a", (await Election.State()).Leader);
        Assert.Empty((await Election.State()).Candidates);
    }

    [Fact]
    public async Task An_administrator_has_the_leader_step_down_and_the_next_leads()
    {
        long term = await LeadAsync("a");
        await Election.Campaign("b", 10);

        Assert.Equal(new Leadership("b", term + 1, Start), await AsAdministrator.StepDown());

        await Expect.Refusal(409, "not-leader", () => Election.Renew("a", term, 10));
        Assert.Equal(new Leadership(null, null, null), await AsAdministrator.StepDown());
        Assert.Equal(new Leadership(null, null, null), await AsAdministrator.StepDown());
        Assert.True((await Election.Campaign("a", 10)).Term > term + 1);
    }

    [Fact]
    public async Task A_leader_whose_time_was_over_does_not_take_its_successor_along_when_it_is_to_step_down()
    {
        await LeadAsync("a");
        await Election.Campaign("b", 100);
        await Election.Campaign("c", 100);
        _host.Clock.Advance(TimeSpan.FromSeconds(10));

        // b is elected by the very turn that has it step down: an administrator means whoever leads.
        Assert.Equal("c", (await AsAdministrator.StepDown()).Leader);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("contributor")]
    [InlineData(Caller.Object)]
    [InlineData(Caller.Workflow)]
    public async Task Nobody_else_has_the_leader_step_down(string? role)
    {
        await LeadAsync("a");
        Caller caller = role is null ? Caller.Anonymous : Caller.Of("someone", role);
        ILeaderElection election = _host.Objects.Get<ILeaderElection>("workers", caller);

        await Expect.Refusal(403, ErrorCodes.Forbidden, election.StepDown, "admin");

        Assert.Equal("a", (await Election.State()).Leader);
    }

    [Fact]
    public async Task A_watcher_hears_at_once_who_leads_and_then_each_change_once()
    {
        TestSocket early = await _host.ConnectAsync(Address);
        Assert.Equal([new SocketReceipt("leader", Nobody)], early.Received);

        long term = await LeadAsync("a");
        await Election.Campaign("b", 100);
        await Election.Renew("a", term, 20);
        await _host.HibernateAllAsync(rebuild: true);
        TestSocket late = await _host.ConnectAsync(Address);
        await AdvanceAsync(20);
        await AdvanceAsync(100);

        string ofA = $$"""[{"leader":"a","term":{{term}},"electedAt":"2030-01-01T00:00:00+00:00"}]""";
        string ofB = $$"""[{"leader":"b","term":{{term + 20_000_000}},"electedAt":"2030-01-01T00:00:20+00:00"}]""";
        Assert.Equal([Nobody, ofA, ofB, Nobody], early.Received.Select(receipt => receipt.Arguments));
        Assert.Equal([ofA, ofB, Nobody], late.Received.Select(receipt => receipt.Arguments));
        Assert.All(early.Received, receipt => Assert.Equal("leader", receipt.Target));
    }

    [Fact]
    public async Task Watchers_hear_of_resignation_hand_over_and_stepping_down()
    {
        long term = await LeadAsync("a");
        foreach (string follower in new[] { "b", "c", "d" })
        {
            await Election.Campaign(follower, 100);
        }
        TestSocket watcher = await _host.ConnectAsync(Address);

        await Election.Resign("a", term);
        await Election.HandOver("b", (await Election.State()).Term!.Value, "d");
        await AsAdministrator.StepDown();
        await AsAdministrator.StepDown();

        Assert.Equal(
            ["\"a\"", "\"b\"", "\"d\"", "\"c\"", "null"],
            watcher.Received.Select(receipt => receipt.Arguments.Split([':', ','])[1]));
    }

    [Fact]
    public async Task A_watcher_that_finds_the_leader_past_its_time_hears_of_the_next_once_as_the_others_do()
    {
        await LeadAsync("a");
        await Election.Campaign("b", 100);
        TestSocket early = await _host.ConnectAsync(Address);
        _host.Clock.Advance(TimeSpan.FromSeconds(10));

        TestSocket late = await _host.ConnectAsync(Address);

        Assert.Contains("\"b\"", Assert.Single(late.Received).Arguments, StringComparison.Ordinal);
        Assert.Equal(late.Received[0], early.Received[^1]);
        Assert.Equal(2, early.Received.Count);
    }

    [Fact]
    public async Task A_campaign_that_changes_nothing_tells_nobody_anything()
    {
        await LeadAsync("a");
        TestSocket watcher = await _host.ConnectAsync(Address);

        await Election.Campaign("b", 10);
        await Election.Campaign("b", 20);
        await Election.Withdraw("b");
        await watcher.SendAsync("what is said to an election is not heard");

        Assert.Single(watcher.Received);
    }

    [Fact]
    public async Task There_are_as_many_candidates_as_the_limit_says_and_no_more()
    {
        await Election.Campaign("leader", 10);
        for (int i = 1; i <= LeaseLimits.MaxWaiters; i++)
        {
            Assert.Equal(i, (await Election.Campaign($"candidate {i}", 10)).Position);
        }

        await Expect.Refusal(409, "too-many-candidates", () => Election.Campaign("one more", 10), "1,000");
        Assert.Equal(1, (await Election.Campaign("candidate 1", 10)).Position);
        Assert.Equal(1_000, (await Election.State()).Candidates.Count);
    }

    [Theory]
    [InlineData("", 10, "'candidate'")]
    [InlineData("a", 0.009, "'ttlSeconds'")]
    [InlineData("a", 86_400.001, "'ttlSeconds'")]
    [InlineData("a", 1.0001, "'ttlSeconds'")]
    public async Task An_argument_outside_its_limits_is_refused(string candidate, double ttlSeconds, string named)
    {
        await Expect.InvalidArgument(() => Election.Campaign(candidate, (decimal)ttlSeconds), named);
        await Expect.InvalidArgument(() => Election.Renew(candidate, 1, (decimal)ttlSeconds), named);
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task Names_outside_their_limits_are_refused_wherever_they_stand()
    {
        string longest = new('a', LeaseLimits.OwnerCharacters);
        Assert.True((await Election.Campaign(longest, 10)).IsLeader);

        await Expect.InvalidArgument(() => Election.Campaign(longest + "a", 10), "'candidate'", "129", "128");
        await Expect.InvalidArgument(() => Election.Resign("", 1), "'candidate'");
        await Expect.InvalidArgument(() => Election.Withdraw(""), "'candidate'");
        await Expect.InvalidArgument(() => Election.HandOver("", 1, "b"), "'candidate'");
        await Expect.InvalidArgument(() => Election.HandOver("a", 1, ""), "'to'");
    }

    private static DateTimeOffset At(double seconds) => Start.AddMilliseconds(seconds * 1_000);

    private static (int? Position, DateTimeOffset ExpiresAt) PlaceOf(CampaignResult result) => (result.Position, result.ExpiresAt);

    private async Task<long> LeadAsync(string candidate)
    {
        CampaignResult result = await Election.Campaign(candidate, 10);
        Assert.True(result.IsLeader);
        return result.Term;
    }

    private async Task AdvanceAsync(double seconds) => await _host.AdvanceAsync(TimeSpan.FromMilliseconds(seconds * 1_000));
}
