using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class PresenceTests : IAsyncLifetime
{
    /// <summary>A character that JSON needs six bytes for.</summary>
    private const char Costly = '\u0001';

    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    private readonly TestHost _host = TestHost.Of(typeof(Presence));

    private IPresence Room => _host.Objects.Get<IPresence>("lobby");

    private ObjectAddress Address => _host.Address<IPresence>("lobby");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_newcomer_gets_the_whole_list_and_the_others_hear_that_it_joined()
    {
        TestSocket ann = await ConnectAsync("ann");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        TestSocket bob = await ConnectAsync("bob", ("status", "hi"), ("meta", """{"color":"red"}"""));

        const string First = "2030-01-01T00:00:00+00:00";
        const string Second = "2030-01-01T00:00:01+00:00";
        const string Ann =
            $$"""{"member":"ann","state":"here","status":"","meta":null,"since":"{{First}}","lastSeen":"{{First}}"}""";
        const string Bob =
            $$$"""{"member":"bob","state":"here","status":"hi","meta":{"color":"red"},"since":"{{{Second}}}","lastSeen":"{{{Second}}}"}""";
        Assert.Equal([new SocketReceipt("members", $"[[{Ann}]]"), new SocketReceipt("joined", $"[{Bob}]")], ann.Received);
        Assert.Equal([new SocketReceipt("members", $"[[{Ann},{Bob}]]")], bob.Received);
        Assert.Equal($"[{Ann},{Bob}]", await _host.PostAsync("presence", "lobby", "list"));
    }

    [Fact]
    public async Task Several_devices_of_a_member_count_once()
    {
        TestSocket ann = await ConnectAsync("ann");
        TestSocket phone = await ConnectAsync("bob");
        TestSocket laptop = await ConnectAsync("bob");

        await phone.CloseAsync();
        await _host.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["members", "joined"], ann.Received.Select(one => one.Target));
        await laptop.CloseAsync();
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(["members", "joined", "left"], ann.Received.Select(one => one.Target));
        Assert.Equal("""[{"member":"bob","lastSeen":"2030-01-01T00:00:30+00:00"}]""", ann.Received[^1].Arguments);
        Assert.Equal(["ann"], await HereAsync());
    }

    [Fact]
    public async Task Who_comes_back_within_the_grace_has_neither_left_nor_joined()
    {
        TestSocket ann = await ConnectAsync("ann");
        TestSocket bob = await ConnectAsync("bob");
        await bob.CloseAsync();
        await _host.HibernateAllAsync(rebuild: true);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(9_999));
        Assert.Equal(["ann", "bob"], await HereAsync());
        await ConnectAsync("bob");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(["members", "joined"], ann.Received.Select(one => one.Target));
        Assert.Equal(Start, (await Room.Get("bob"))!.Since);
    }

    [Fact]
    public async Task Who_does_not_come_back_within_the_grace_has_left_to_the_millisecond()
    {
        TestSocket ann = await ConnectAsync("ann", ("beatSeconds", "3600"));
        TestSocket bob = await ConnectAsync("bob", ("graceSeconds", "2.5"));
        await bob.CloseAsync();
        await _host.HibernateAllAsync(rebuild: true);

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(2_499));
        Assert.Equal(["ann", "bob"], await HereAsync());
        Assert.Equal("joined", ann.Received[^1].Target);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["ann"], await HereAsync());
        Assert.Equal("left", ann.Received[^1].Target);
        await ConnectAsync("bob");
        Assert.Equal(["members", "joined", "left", "joined"], ann.Received.Select(one => one.Target));
    }

    [Fact]
    public async Task Without_grace_who_closes_has_left_at_once()
    {
        TestSocket ann = await ConnectAsync("ann");
        TestSocket bob = await ConnectAsync("bob", ("graceSeconds", "0"));

        await bob.CloseAsync();

        Assert.Equal("left", ann.Received[^1].Target);
    }

    [Fact]
    public async Task Who_says_leave_has_left_at_once_if_no_other_device_is_there()
    {
        TestSocket ann = await ConnectAsync("ann");
        TestSocket phone = await ConnectAsync("bob");
        TestSocket laptop = await ConnectAsync("bob");

        await phone.SendAsync("leave");
        Assert.Equal(1000, phone.Closed?.Code);
        Assert.Equal("joined", ann.Received[^1].Target);
        await laptop.SendAsync("leave");
        Assert.Equal("left", ann.Received[^1].Target);
        Assert.Equal(1, _host.SummaryOf(Address).Sockets);
    }

    [Fact]
    public async Task A_socket_that_is_silent_for_longer_than_it_promised_makes_its_member_away_then_gone()
    {
        TestSocket ann = await ConnectAsync("ann", ("beatSeconds", "3600"));
        TestSocket bob = await ConnectAsync("bob", ("beatSeconds", "20"));
        await _host.HibernateAllAsync(rebuild: true);

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(19_999));
        Assert.Equal(PresenceState.Here, (await Room.Get("bob"))!.State);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(PresenceState.Away, (await Room.Get("bob"))!.State);
        Assert.Equal("changed", ann.Received[^1].Target);
        Assert.Contains("\"state\":\"away\"", ann.Received[^1].Arguments, StringComparison.Ordinal);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(19_999));
        Assert.Equal(PresenceState.Away, (await Room.Get("bob"))!.State);
        Assert.Null(bob.Closed);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(PresenceState.Gone, (await Room.Get("bob"))!.State);
        Assert.Equal(new SocketReceipt("left", """[{"member":"bob","lastSeen":"2030-01-01T00:00:00+00:00"}]"""), ann.Received[^1]);
        Assert.Equal(4_000, bob.Closed?.Code);
        Assert.Equal(1, _host.SummaryOf(Address).Sockets);
    }

    [Fact]
    public async Task A_beat_in_time_keeps_a_member_here_and_one_in_the_last_moment_brings_it_back()
    {
        TestSocket ann = await ConnectAsync("ann", ("beatSeconds", "3600"));
        TestSocket bob = await ConnectAsync("bob", ("beatSeconds", "20"));
        for (int i = 0; i < 5; i++)
        {
            await _host.AdvanceAsync(TimeSpan.FromMilliseconds(19_999));
            await _host.HibernateAllAsync(rebuild: true);
            await bob.SendAsync("beat");
        }
        Assert.Equal(["members", "joined"], ann.Received.Select(one => one.Target));

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(39_999));
        await bob.SendAsync("beat");
        Assert.Equal(["changed", "changed"], ann.Received.Skip(2).Select(one => one.Target));
        Assert.Contains("\"state\":\"here\"", ann.Received[^1].Arguments, StringComparison.Ordinal);
        Assert.Equal(Start.AddMilliseconds(5 * 19_999 + 39_999), (await Room.Get("bob"))!.LastSeen);
    }

    [Fact]
    public async Task A_member_is_here_while_one_of_its_devices_is_heard_of()
    {
        TestSocket ann = await ConnectAsync("ann", ("beatSeconds", "3600"));
        TestSocket phone = await ConnectAsync("bob", ("beatSeconds", "20"));
        TestSocket laptop = await ConnectAsync("bob", ("beatSeconds", "20"), ("graceSeconds", "0"));
        for (int i = 0; i < 4; i++)
        {
            await _host.AdvanceAsync(TimeSpan.FromSeconds(15));
            await laptop.SendAsync("beat");
        }
        Assert.Equal(["members", "joined"], ann.Received.Select(one => one.Target));

        // The phone has said nothing for a minute, so nothing is left of bob.
        await laptop.CloseAsync();

        Assert.Equal("left", ann.Received[^1].Target);
        Assert.Equal(4_000, phone.Closed?.Code);
    }

    [Fact]
    public async Task An_alarm_that_comes_late_changes_nothing_of_what_is_asked_and_told_in_the_end()
    {
        TestSocket ann = await ConnectAsync("ann", ("beatSeconds", "3600"));
        TestSocket bob = await ConnectAsync("bob", ("beatSeconds", "20"));
        _host.Clock.Advance(TimeSpan.FromSeconds(40));

        Assert.Equal(["ann"], await HereAsync());
        Assert.Equal(PresenceState.Gone, (await Room.Get("bob"))!.State);
        Assert.Null((await bob.SendAsync("beat")).Error);
        Assert.Equal(4_000, bob.Closed?.Code);
        Assert.Equal(["members", "joined", "left"], ann.Received.Select(one => one.Target));
        await ConnectAsync("bob");
        await _host.TickAsync();
        Assert.Equal(["members", "joined", "left", "joined"], ann.Received.Select(one => one.Target));
        Assert.Equal(Start.AddSeconds(40), (await Room.Get("bob"))!.Since);
    }

    [Fact]
    public async Task Who_was_away_by_silence_when_nobody_looked_is_gone_by_the_first_late_alarm()
    {
        TestSocket ann = await ConnectAsync("ann", ("beatSeconds", "3600"));
        await ConnectAsync("bob", ("beatSeconds", "20"));
        _host.Clock.Advance(TimeSpan.FromSeconds(100));
        await _host.TickAsync();

        Assert.Equal(["members", "joined", "left"], ann.Received.Select(one => one.Target));
    }

    [Fact]
    public async Task Beats_do_not_move_the_alarm()
    {
        TestSocket bob = await ConnectAsync("bob", ("beatSeconds", "20"));
        DateTimeOffset? alarm = _host.SummaryOf(Address).Alarm;
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10));
        await bob.SendAsync("beat");
        Assert.Equal(alarm, _host.SummaryOf(Address).Alarm);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(Start.AddSeconds(30), _host.SummaryOf(Address).Alarm);
    }

    [Fact]
    public async Task The_host_answers_a_ping_by_itself_which_is_no_sign_of_life()
    {
        TestSocket bob = await ConnectAsync("bob", ("beatSeconds", "20"));
        int commits = _host.CommitsOf(Address).Count;
        await _host.HibernateAllAsync();
        await bob.SendAsync("ping");

        Assert.Equal(new SocketReceipt("message", "[\"pong\"]"), bob.Received[^1]);
        Assert.False(_host.IsAwake(Address));
        Assert.Equal(commits, _host.CommitsOf(Address).Count);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(PresenceState.Away, (await Room.Get("bob"))!.State);
    }

    [Fact]
    public async Task What_a_member_says_of_itself_goes_to_all_and_what_it_leaves_out_stays()
    {
        TestSocket ann = await ConnectAsync("ann", ("status", "here I am"), ("away", "false"), ("meta", "[1]"));
        await _host.HibernateAllAsync(rebuild: true);
        await ann.SendAsync(new { away = true });
        Assert.Equal("changed", ann.Received[^1].Target);
        Assert.Equal((PresenceState.Away, "here I am", "[1]"), await SaysAsync("ann"));
        await ann.SendAsync(new { away = true });
        Assert.Equal(2, ann.Received.Count);
        await ann.SendAsync(new { status = "", away = false, meta = new { } });
        Assert.Equal((PresenceState.Here, "", "{}"), await SaysAsync("ann"));
        Assert.Equal(3, ann.Received.Count);
    }

    [Fact]
    public async Task Who_says_that_it_is_away_stays_so_whatever_is_heard_of_it()
    {
        TestSocket ann = await ConnectAsync("ann", ("beatSeconds", "20"), ("away", "true"));
        await ann.SendAsync("beat");
        Assert.Equal(PresenceState.Away, (await Room.Get("ann"))!.State);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(39_999));
        Assert.Equal(PresenceState.Away, (await Room.Get("ann"))!.State);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(PresenceState.Gone, (await Room.Get("ann"))!.State);
    }

    [Fact]
    public async Task A_member_without_a_socket_is_here_until_its_time_is_up()
    {
        TestSocket ann = await ConnectAsync("ann", ("beatSeconds", "3600"));
        PresenceMember bob = await Room.Beat("bob", 30, new PresenceUpdate("by HTTP"));
        Assert.Equal(("bob", PresenceState.Here, "by HTTP", Start, Start), (bob.Member, bob.State, bob.Status, bob.Since, bob.LastSeen));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(29));
        await Room.Beat("bob", 1.5m);
        await _host.HibernateAllAsync(rebuild: true);

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1_499));
        Assert.Equal(["ann", "bob"], await HereAsync());
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["ann"], await HereAsync());
        Assert.Equal(["members", "joined", "left"], ann.Received.Select(one => one.Target));
        Assert.Equal(Start.AddSeconds(29), (await Room.Get("bob"))!.LastSeen);
    }

    [Fact]
    public async Task A_shorter_beat_replaces_a_longer_one_but_cuts_no_socket_short()
    {
        await Room.Beat("bob", 3_600);
        await ConnectAsync("bob", ("beatSeconds", "60"));
        await Room.Beat("bob", 1);

        await _host.AdvanceAsync(TimeSpan.FromSeconds(59));
        Assert.Equal(PresenceState.Here, (await Room.Get("bob"))!.State);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(61));
        Assert.Equal(PresenceState.Gone, (await Room.Get("bob"))!.State);
    }

    [Fact]
    public async Task A_member_can_be_made_to_leave_on_all_its_devices()
    {
        TestSocket ann = await ConnectAsync("ann");
        TestSocket bob = await ConnectAsync("bob");
        await Room.Beat("bob", 60);

        Assert.True(await Room.Leave("bob"));
        Assert.False(await Room.Leave("bob"));
        Assert.False(await Room.Leave("nobody"));

        Assert.Equal((1000, "left"), (bob.Closed!.Code, bob.Closed.Reason));
        Assert.Equal("left", ann.Received[^1].Target);
        Assert.Equal(PresenceState.Gone, (await Room.Get("bob"))!.State);
        await Room.Beat("bob", 1);
        Assert.Equal("joined", ann.Received[^1].Target);
    }

    [Fact]
    public async Task After_a_crash_of_the_host_who_does_not_come_back_is_gone_when_the_grace_is_over()
    {
        TestSocket ann = await ConnectAsync("ann", ("beatSeconds", "3600"));
        await ConnectAsync("bob");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(5));

        await _host.RunAsync(Address, new SocketsLostTurn([ann.Id]), CancellationToken.None);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(9_999));
        Assert.Equal(["ann", "bob"], await HereAsync());
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        Assert.Equal(["ann"], await HereAsync());
        Assert.Equal(new SocketReceipt("left", """[{"member":"bob","lastSeen":"2030-01-01T00:00:00+00:00"}]"""), ann.Received[^1]);
    }

    [Fact]
    public async Task A_socket_whose_end_was_never_told_keeps_nobody_in_the_room()
    {
        await ConnectAsync("ghost");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(120));

        Assert.Empty(await HereAsync());
        Assert.Equal(0, _host.SummaryOf(Address).Sockets);
    }

    [Fact]
    public async Task It_is_remembered_for_thirty_days_when_somebody_was_last_seen_then_the_room_ends()
    {
        await Room.Beat("ann", 1);
        await _host.AdvanceAsync(TimeSpan.FromDays(30) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(PresenceState.Gone, (await Room.Get("ann"))!.State);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        Assert.Null(await Room.Get("ann"));
        Assert.False(_host.SummaryOf(Address).Exists);
        Assert.Null(_host.SummaryOf(Address).Alarm);
    }

    [Fact]
    public async Task A_thousand_of_those_that_are_gone_are_remembered()
    {
        for (int i = 0; i < 1_002; i++)
        {
            await Room.Beat($"m{i}", 1);
            await Room.Leave($"m{i}");
            await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        }

        Assert.Null(await Room.Get("m0"));
        Assert.Null(await Room.Get("m1"));
        Assert.NotNull(await Room.Get("m2"));
    }

    [Fact]
    public async Task A_room_has_five_hundred_members_at_most_and_at_their_largest_they_fit_a_message()
    {
        string status = new(Costly, Presence.StatusCharacters);
        JsonElement meta = JsonSerializer.SerializeToElement(new string('m', Presence.MetaBytes - 2));
        for (int i = 0; i < 499; i++)
        {
            string suffix = $"x{i}";
            string member = new string(Costly, Presence.MemberCharacters - suffix.Length) + suffix;
            await Room.Beat(member, 3_600, new PresenceUpdate(status, true, meta));
        }

        TestSocket ann = await ConnectAsync("ann");

        Assert.Equal(500, (await Room.List()).Count);
        Assert.True(ann.Received[0].Arguments.Length > 750_000);
        await Expect.Refusal(409, Presence.TooManyMembers, () => Room.Beat("bob", 1), "500");
        await Expect.Refusal(409, Presence.TooManyMembers, () => ConnectAsync("bob"), "500");
        await Room.Beat("ann", 1);
        await Room.Leave("ann");
        await Room.Beat("bob", 1);
    }

    [Fact]
    public async Task A_member_has_sixteen_devices_at_most_and_silent_ones_make_room()
    {
        TestSocket silent = await ConnectAsync("ann", ("beatSeconds", "20"));
        for (int i = 0; i < 15; i++)
        {
            await ConnectAsync("ann", ("beatSeconds", "3600"));
        }

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(39_999));
        await Expect.Refusal(409, Presence.TooManyDevices, () => ConnectAsync("ann"), "'ann'", "16");
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        await ConnectAsync("ann");
        Assert.Equal(4_000, silent.Closed?.Code);
        Assert.Equal(16, _host.SummaryOf(Address).Sockets);
    }

    [Theory]
    [InlineData("member", null)]
    [InlineData("member", "")]
    [InlineData("member", " ")]
    [InlineData("beatSeconds", "0.999")]
    [InlineData("beatSeconds", "3600.001")]
    [InlineData("beatSeconds", "NaN")]
    [InlineData("beatSeconds", "1e3")]
    [InlineData("beatSeconds", "")]
    [InlineData("beatSeconds", "99999999999999999999999999999999")]
    [InlineData("graceSeconds", "-1")]
    [InlineData("graceSeconds", "300.001")]
    [InlineData("away", "maybe")]
    [InlineData("meta", "{")]
    [InlineData("meta", "\"\\ud800\"")]
    public async Task A_socket_whose_query_is_outside_the_limits_is_refused_with_the_reason(string name, string? value)
    {
        Dictionary<string, string> query = new() { ["member"] = "ann", [name] = value ?? "" };
        if (value is null)
        {
            query.Remove(name);
        }

        await Expect.InvalidArgument(() => _host.ConnectAsync(Address, query), name);
        Assert.Equal(0, _host.SummaryOf(Address).Sockets);
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task Texts_and_times_have_limits_on_both_sides()
    {
        string member = new('m', 64);
        string status = new('s', 100);
        JsonElement meta = JsonSerializer.SerializeToElement(new string('m', 510));
        Assert.Equal(status, (await Room.Beat(member, 1, new PresenceUpdate(status, null, meta))).Status);
        await Room.Beat(member, 86_400);

        await Expect.InvalidArgument(() => Room.Beat(member + "m", 1), "'member'", "65", "64");
        await Expect.InvalidArgument(() => Room.Beat(" ", 1), "'member'");
        await Expect.InvalidArgument(() => Room.Beat("ann", 1, new PresenceUpdate(status + "s")), "'status'", "101", "100");
        JsonElement tooLarge = JsonSerializer.SerializeToElement(new string('m', 511));
        await Expect.InvalidArgument(() => Room.Beat("ann", 1, new PresenceUpdate(Meta: tooLarge)), "'meta'", "513", "512");
        JsonElement[] nested =
        [
            .. new[] { 32, 33 }.Select(
                levels => JsonSerializer.Deserialize<JsonElement>(new string('[', levels) + new string(']', levels))),
        ];
        await Room.Beat("bob", 1, new PresenceUpdate(Meta: nested[0]));
        await Expect.InvalidArgument(() => Room.Beat("ann", 1, new PresenceUpdate(Meta: nested[1])), "'meta'", "32");
        await Expect.InvalidArgument(() => Room.Beat("ann", 0.999m), "'ttlSeconds'");
        await Expect.InvalidArgument(() => Room.Beat("ann", 86_400.001m), "'ttlSeconds'", "86400");
        await Expect.InvalidArgument(() => Room.Get(""), "'member'");
        await Expect.InvalidArgument(() => Room.Leave(""), "'member'");
    }

    [Theory]
    [InlineData("\"hello\"")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("""{"away":"perhaps"}""")]
    public async Task A_message_that_says_nothing_of_a_member_is_refused_and_is_no_sign_of_life(string message)
    {
        TestSocket ann = await ConnectAsync("ann", ("beatSeconds", "20"));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10));

        Answer answer = await ann.SendAsync(JsonSerializer.Deserialize<JsonElement>(message));

        Assert.Equal((400, ErrorCodes.InvalidArgument), (answer.Error!.Status, answer.Error.Code));
        Assert.Equal(Start, (await Room.Get("ann"))!.LastSeen);
    }

    [Fact]
    public async Task Under_steady_use_a_room_does_not_grow()
    {
        await UseAsync(20);
        long early = await DatabaseBytesAsync();
        await UseAsync(200);

        Assert.Equal(early, await DatabaseBytesAsync());
    }

    private async Task UseAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            TestSocket bob = await ConnectAsync("bob", ("graceSeconds", "0"));
            await bob.SendAsync("beat");
            await bob.CloseAsync();
            await _host.AdvanceAsync(TimeSpan.FromSeconds(100));
        }
    }

    private async Task<IEnumerable<string>> HereAsync() => (await Room.List()).Select(one => one.Member);

    private async Task<(PresenceState, string, string?)> SaysAsync(string member)
    {
        PresenceMember one = (await Room.Get(member))!;
        return (one.State, one.Status, one.Meta?.GetRawText());
    }

    private Task<TestSocket> ConnectAsync(string member, params IReadOnlyList<(string Name, string Value)> query) =>
        _host.ConnectAsync(Address, query.Append(("member", member)).ToDictionary(one => one.Item1, one => one.Item2));

    private async Task<long> DatabaseBytesAsync()
    {
        Answer answer = await _host.RunAsync(Address, new InspectTurn(), CancellationToken.None);
        return JsonSerializer.Deserialize<ObjectDetails>(answer.OrThrow().Json.Span, ObjectJson.Options)!.DatabaseBytes;
    }
}
