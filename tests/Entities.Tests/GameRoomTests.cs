using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class GameRoomTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    private readonly TestHost _host = TestHost.Of(typeof(GameRoom));

    private IGameRoom Room => _host.Objects.Get<IGameRoom>("table-1");

    private ObjectAddress Address => _host.Address<IGameRoom>("table-1");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task The_first_to_join_waits_and_with_the_second_the_game_begins()
    {
        GameTicket ann = await Room.Join("ann");
        Assert.Equal((GameSeat.Red, GamePhase.Waiting, 0, 1L), (ann.Seat, ann.State.Phase, ann.State.Game, ann.State.Version));
        Assert.Equal(Start + GameRoom.WaitsFor, ann.State.ClosesAt);

        GameTicket bob = await Room.Join("bob");

        Assert.Equal(GameSeat.Yellow, bob.Seat);
        Assert.NotEqual(ann.Token, bob.Token);
        Assert.Equal(32, bob.Token.Length);
        GameState state = bob.State;
        Assert.Equal((GamePhase.Playing, 1, GameSeat.Red, 2L), (state.Phase, state.Game, state.Turn, state.Version));
        Assert.Equal((30, Start.AddSeconds(30), null), (state.TurnSeconds, state.TurnEndsAt, state.ClosesAt));
        Assert.Equal(("ann", "bob"), (state.Red!.Name, state.Yellow!.Name));
        Assert.Equal(Enumerable.Repeat(".......", 6), state.Board);
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal(Json(state), Json(await Room.State()));
        await Expect.Refusal(409, "room-full", () => Room.Join("cid"));
    }

    [Fact]
    public async Task Four_in_a_row_win()
    {
        (string ann, string bob) = await SitAsync();
        GameState state = await PlayAsync(ann, bob, 1, 2, 1, 2, 1, 2, 1);

        Assert.Equal((GamePhase.Over, GameSeat.Red, GameEnding.Four), (state.Phase, state.Winner, state.Ending));
        Assert.Equal([".......", ".......", "r......", "ry.....", "ry.....", "ry....."], state.Board);
        Assert.Equal(new GameMove(GameSeat.Red, 1, 4), state.LastMove);
        Assert.Equal((null, null, Start + GameRoom.StaysFor), (state.Turn, state.TurnEndsAt, state.ClosesAt));
        await Expect.Refusal(409, "not-playing", () => Room.Move(bob, 2));
    }

    [Fact]
    public async Task A_full_board_is_a_draw()
    {
        (string ann, string bob) = await SitAsync();
        // Columns by pairs, so that the colours of a row change in twos, and those of a column with each stone.
        GameState state = await PlayAsync(
            ann, bob, 1, 2, 1, 2, 2, 1, 2, 1, 1, 2, 1, 2, 3, 4, 3, 4, 4, 3, 4, 3, 3, 4, 3, 4, 5, 6, 5, 6, 6, 5, 6, 5, 5, 6, 5, 6,
            7, 7, 7, 7, 7, 7);

        Assert.Equal((GamePhase.Over, null, GameEnding.Full), (state.Phase, state.Winner, state.Ending));
        Assert.DoesNotContain(state.Board, row => row.Contains('.', StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_move_must_be_ones_own_and_possible()
    {
        await Expect.Refusal(403, "wrong-token", () => Room.Move("x", 1));
        GameTicket ann = await Room.Join("ann");
        await Expect.Refusal(409, "not-playing", () => Room.Move(ann.Token, 1));
        string bob = (await Room.Join("bob")).Token;

        await Expect.Refusal(409, "not-your-turn", () => Room.Move(bob, 1), "Red");
        await Expect.Refusal(403, "wrong-token", () => Room.Move("ann", 1));
        await Expect.Refusal(403, "wrong-token", () => Room.Move("", 1));
        await Expect.InvalidArgument(() => Room.Move(ann.Token, 0), "'column'", "7");
        await Expect.InvalidArgument(() => Room.Move(ann.Token, 8), "'column'");
        await PlayAsync(ann.Token, bob, 1, 1, 1, 1, 1, 1);
        await Expect.Refusal(409, "column-full", () => Room.Move(ann.Token, 1), "1");
        Assert.Equal(GameSeat.Red, (await Room.State()).Turn);
    }

    [Fact]
    public async Task Who_lets_the_time_of_a_turn_run_out_loses_to_the_millisecond_and_whether_the_alarm_came_or_not()
    {
        (string ann, string bob) = await SitAsync(10);
        _host.Clock.Advance(TimeSpan.FromSeconds(9.999));
        await Room.Move(ann, 1);
        _host.Clock.Advance(TimeSpan.FromSeconds(10));

        await Expect.Refusal(409, "not-playing", () => Room.Move(bob, 1));
        GameState late = await Room.State();
        Assert.Equal((GamePhase.Over, GameSeat.Red, GameEnding.Timeout), (late.Phase, late.Winner, late.Ending));
        await _host.HibernateAllAsync(rebuild: true);
        await _host.TickAsync();
        Assert.Equal(Json(late), Json(await Room.State()));
        Assert.Equal(Start.AddMilliseconds(19_999) + GameRoom.StaysFor, late.ClosesAt);
    }

    [Fact]
    public async Task Who_gives_up_loses()
    {
        (string ann, string _) = await SitAsync();
        GameState state = await Room.Resign(ann);
        Assert.Equal((GamePhase.Over, GameSeat.Yellow, GameEnding.Resigned), (state.Phase, state.Winner, state.Ending));
        await Expect.Refusal(409, "not-playing", () => Room.Resign(ann));
    }

    [Fact]
    public async Task Who_gives_up_alone_leaves_no_room()
    {
        string ann = (await Room.Join("ann")).Token;
        TestSocket watcher = await WatchAsync();
        Assert.Equal(Json(await _host.Objects.Get<IGameRoom>("empty").State()), Json(await Room.Resign(ann)));
        Assert.False(_host.SummaryOf(Address).Exists);
        Assert.Equal(1000, watcher.Closed!.Code);
    }

    [Fact]
    public async Task Another_game_begins_when_both_ask_for_it_and_the_other_begins()
    {
        (string ann, string bob) = await SitAsync();
        await Expect.Refusal(409, "not-over", () => Room.Rematch(ann));
        await PlayAsync(ann, bob, 1, 2, 1, 2, 1, 2, 1);

        GameState asked = await Room.Rematch(ann);
        Assert.Equal((GamePhase.Over, true, false), (asked.Phase, asked.Red!.WantsRematch, asked.Yellow!.WantsRematch));
        Assert.Equal(asked.Version, (await Room.Rematch(ann)).Version);
        GameState second = await Room.Rematch(bob);

        Assert.Equal((GamePhase.Playing, 2, GameSeat.Yellow), (second.Phase, second.Game, second.Turn));
        Assert.Equal(Enumerable.Repeat(".......", 6), second.Board);
        Assert.Equal((null, null, null), (second.Winner, second.Ending, second.LastMove));
        Assert.False(second.Red!.WantsRematch || second.Yellow!.WantsRematch);
        await Room.Resign(ann);
        await Room.Rematch(bob);
        Assert.Equal((3, GameSeat.Red), ((await Room.Rematch(ann)).Game, (await Room.State()).Turn));
    }

    [Fact]
    public async Task All_get_the_same_state_after_each_change_players_and_spectators()
    {
        (string ann, string bob) = await SitAsync();
        TestSocket red = await ConnectAsync(ann);
        TestSocket yellow = await ConnectAsync(bob);
        TestSocket watcher = await WatchAsync();
        Assert.Equal(["seat", "state"], red.Received.Select(receipt => receipt.Target));
        Assert.Equal(new SocketReceipt("seat", """[{"seat":"yellow","name":"bob"}]"""), yellow.Received[0]);
        await _host.HibernateAllAsync(rebuild: true);

        Assert.Null((await red.SendAsync(new { move = 4 })).Error);

        GameState state = StateOf(watcher);
        Assert.Equal(("...r...", GameSeat.Yellow, 3L), (state.Board[^1], state.Turn, state.Version));
        Assert.Equal(watcher.Received[^1], red.Received[^1]);
        Assert.Equal(watcher.Received[^1], yellow.Received[^1]);
        foreach (TestSocket socket in (TestSocket[])[red, yellow, watcher])
        {
            Assert.Equal(2, socket.Received.Count(receipt => receipt.Target == "state"));
        }
        Assert.DoesNotContain(ann, watcher.Received[^1].Arguments, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Players_play_over_their_sockets()
    {
        (string ann, string bob) = await SitAsync();
        TestSocket red = await ConnectAsync(ann);
        TestSocket yellow = await ConnectAsync(bob);

        await red.SendAsync(new { move = 1 });
        Assert.Equal((409, "not-your-turn"), ErrorOf(await red.SendAsync(new { move = 1 })));
        Assert.Equal((409, "not-over"), ErrorOf(await red.SendAsync(new { rematch = true })));
        await yellow.SendAsync(new { resign = true });
        Assert.Equal(GameEnding.Resigned, StateOf(red).Ending);
        await red.SendAsync(new { rematch = true });
        await yellow.SendAsync(new { rematch = true });
        Assert.Equal(2, StateOf(red).Game);
    }

    [Theory]
    [InlineData("\"hello\"")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"move\":\"x\"}")]
    [InlineData("{\"move\":0}")]
    [InlineData("{\"move\":1,\"resign\":true}")]
    [InlineData("{\"resign\":true,\"rematch\":true}")]
    public async Task A_message_that_is_none_is_refused_as_the_senders_mistake(string json)
    {
        (string ann, string _) = await SitAsync();
        TestSocket red = await ConnectAsync(ann);
        Assert.Equal((400, ErrorCodes.InvalidArgument), ErrorOf(await red.SendAsync(JsonSerializer.Deserialize<JsonElement>(json))));
    }

    [Fact]
    public async Task Spectators_watch_and_do_not_play()
    {
        TestSocket early = await WatchAsync();
        Assert.Equal(GamePhase.Waiting, StateOf(early).Phase);
        await SitAsync();
        Assert.Equal(GamePhase.Playing, StateOf(early).Phase);
        Assert.Equal((403, "spectators-watch"), ErrorOf(await early.SendAsync(new { move = 1 })));
    }

    [Fact]
    public async Task There_are_so_many_spectators_and_no_more()
    {
        for (int i = 0; i < GameRoom.MaxSpectators; i++)
        {
            await WatchAsync();
        }
        await Expect.Refusal(409, "too-many-spectators", WatchAsync, "1,000");
        string ann = (await Room.Join("ann")).Token;
        await ConnectAsync(ann);
    }

    [Fact]
    public async Task Who_comes_neither_to_play_nor_to_watch_is_refused()
    {
        await Expect.InvalidArgument(() => _host.ConnectAsync(Address), "token", "spectator");
        await Expect.InvalidArgument(() => _host.ConnectAsync(Address, Query("role", "player")), "token", "spectator");
        await Expect.Refusal(403, "wrong-token", () => ConnectAsync("x"));
    }

    [Fact]
    public async Task A_player_who_comes_back_in_time_finds_his_place()
    {
        (string ann, string bob) = await SitAsync(3_600);
        TestSocket red = await ConnectAsync(ann);
        TestSocket watcher = await WatchAsync();
        await red.CloseAsync();
        Assert.Equal(Start + GameRoom.Grace, StateOf(watcher).Red!.BackBy);
        await _host.AdvanceAsync(GameRoom.Grace - TimeSpan.FromMilliseconds(1));
        await _host.HibernateAllAsync(rebuild: true);

        red = await ConnectAsync(ann);

        Assert.Equal(["seat", "state"], red.Received.Select(receipt => receipt.Target));
        Assert.Null(StateOf(red).Red!.BackBy);
        Assert.Equal(red.Received[^1], watcher.Received[^1]);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(5));
        await Room.Move(ann, 1);
        await Room.Move(bob, 1);
    }

    [Fact]
    public async Task A_player_who_does_not_come_back_in_time_loses()
    {
        (string ann, string _) = await SitAsync(3_600);
        TestSocket red = await ConnectAsync(ann);
        await red.CloseAsync();
        _host.Clock.Advance(GameRoom.Grace);

        GameState late = await Room.State();
        Assert.Equal((GamePhase.Over, GameSeat.Yellow, GameEnding.Abandoned), (late.Phase, late.Winner, late.Ending));
        await _host.TickAsync();
        Assert.Equal(Json(late), Json(await Room.State()));
        Assert.Null(late.Red!.BackBy);
    }

    [Fact]
    public async Task Of_two_who_went_away_the_first_loses()
    {
        (string ann, string bob) = await SitAsync(3_600);
        TestSocket red = await ConnectAsync(ann);
        TestSocket yellow = await ConnectAsync(bob);
        await yellow.CloseAsync();
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        await red.CloseAsync();
        await _host.AdvanceAsync(GameRoom.Grace);
        Assert.Equal(GameSeat.Red, (await Room.State()).Winner);
    }

    [Fact]
    public async Task A_player_who_plays_on_without_a_connection_is_there()
    {
        (string ann, string bob) = await SitAsync(3_600);
        TestSocket red = await ConnectAsync(ann);
        await red.CloseAsync();
        Assert.Null((await Room.Move(ann, 1)).Red!.BackBy);
        await _host.AdvanceAsync(GameRoom.Grace);
        Assert.Equal(GamePhase.Playing, (await Room.Move(bob, 1)).Phase);
    }

    [Fact]
    public async Task A_second_connection_of_a_player_takes_the_place_of_the_first()
    {
        (string ann, string _) = await SitAsync();
        TestSocket first = await ConnectAsync(ann);
        TestSocket second = await ConnectAsync(ann);

        Assert.Equal(GameRoom.TakenOver, first.Closed!.Code);
        Assert.Null(second.Closed);
        Assert.Null((await Room.State()).Red!.BackBy);
        Assert.Null((await second.SendAsync(new { move = 1 })).Error);
    }

    [Fact]
    public async Task A_room_closes_some_time_after_its_game_and_another_may_be_opened()
    {
        (string ann, string _) = await SitAsync();
        TestSocket red = await ConnectAsync(ann);
        TestSocket watcher = await WatchAsync();
        await Room.Resign(ann);
        await _host.AdvanceAsync(GameRoom.StaysFor - TimeSpan.FromMilliseconds(1));
        Assert.Null(red.Closed);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        Assert.Equal((1000, 1000), (red.Closed!.Code, watcher.Closed!.Code));
        Assert.False(_host.SummaryOf(Address).Exists);
        await Expect.Refusal(403, "wrong-token", () => Room.Rematch(ann));
        Assert.Equal(1, (await Room.Join("cid")).State.Version);
    }

    [Fact]
    public async Task A_room_that_has_closed_is_another_one_also_before_its_alarm_came()
    {
        string ann = (await Room.Join("ann", 10)).Token;
        TestSocket red = await ConnectAsync(ann);
        _host.Clock.Advance(GameRoom.WaitsFor);

        Assert.Equal(0, (await Room.State()).Version);
        await Expect.Refusal(403, "wrong-token", () => Room.Resign(ann));
        GameTicket cid = await Room.Join("cid", 20);
        Assert.Equal((GameSeat.Red, 1L, 20), (cid.Seat, cid.State.Version, cid.State.TurnSeconds));
        Assert.NotNull(red.Closed);
        await _host.TickAsync();
        Assert.Equal(Json(cid.State), Json(await Room.State()));
    }

    [Fact]
    public async Task Who_waits_alone_and_goes_away_has_no_room_after_a_while()
    {
        string ann = (await Room.Join("ann")).Token;
        TestSocket red = await ConnectAsync(ann);
        await red.CloseAsync();
        await _host.AdvanceAsync(GameRoom.Grace);
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task A_room_into_which_only_spectators_came_ends_with_the_last_of_them()
    {
        TestSocket one = await WatchAsync();
        TestSocket two = await WatchAsync();
        await one.CloseAsync();
        Assert.True(_host.SummaryOf(Address).Exists);
        Assert.Null(two.Closed);
        await two.CloseAsync();
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task The_first_to_come_sets_the_clock()
    {
        await Room.Join("ann", 1.5m);
        await Expect.Refusal(409, "clock-set", () => Room.Join("bob", 2), "1.5");
        await Expect.Refusal(409, "name-taken", () => Room.Join("ann"));
        Assert.Equal(1.5m, (await Room.Join("bob", 1.5m)).State.TurnSeconds);
    }

    [Fact]
    public async Task Arguments_outside_their_limits_are_refused()
    {
        await Expect.InvalidArgument(() => Room.Join(""), "'player'");
        await Expect.InvalidArgument(() => Room.Join(new string('p', 65)), "'player'", "65", "64");
        await Expect.InvalidArgument(() => Room.Join("ann", 0.999m), "'turnSeconds'");
        await Expect.InvalidArgument(() => Room.Join("ann", GameRoom.MaxTurnSeconds + 1), "'turnSeconds'");
        await Room.Join(new string('p', 64), GameRoom.MaxTurnSeconds);
    }

    private static string Json(GameState state) => JsonSerializer.Serialize(state, ObjectJson.Options);

    private static (int, string) ErrorOf(Answer answer) => (answer.Error!.Status, answer.Error.Code);

    private static Dictionary<string, string> Query(string name, string value) => new() { [name] = value };

    private static GameState StateOf(TestSocket socket) => JsonSerializer.Deserialize<GameState[]>(
        socket.Received.Last(receipt => receipt.Target == "state").Arguments, ObjectJson.Options)!.Single();

    private async Task<(string Ann, string Bob)> SitAsync(decimal? turnSeconds = null) =>
        ((await Room.Join("ann", turnSeconds)).Token, (await Room.Join("bob")).Token);

    private async Task<GameState> PlayAsync(string first, string second, params IReadOnlyList<int> columns)
    {
        GameState state = await Room.State();
        foreach (int column in columns)
        {
            state = await Room.Move(state.Turn == GameSeat.Red ? first : second, column);
        }
        return state;
    }

    private Task<TestSocket> ConnectAsync(string token) => _host.ConnectAsync(Address, Query("token", token));

    private Task<TestSocket> WatchAsync() => _host.ConnectAsync(Address, Query("role", "spectator"));
}
