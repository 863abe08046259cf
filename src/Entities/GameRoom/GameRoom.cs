using System.Security.Cryptography;

namespace DurableObjects.Entities;

/// <summary>
/// Two players, a game of Connect Four, and whoever watches. The room knows the rules, keeps the clock, keeps a player's seat while he is
/// away, and sends <c>state</c> to all after each change.
/// </summary>
[DurableObject("game-room")]
public sealed class GameRoom(ObjectContext context) : DurableObject(context), IGameRoom
{
    /// <summary>Characters (UTF-16) of a player's name.</summary>
    public const int NameCharacters = 64;

    /// <summary>The shortest time of a turn in seconds.</summary>
    public const decimal MinTurnSeconds = 1;

    /// <summary>The longest time of a turn in seconds: a week, for games by correspondence.</summary>
    public const int MaxTurnSeconds = 7 * 24 * 60 * 60;

    /// <summary>The time of a turn in seconds if nobody says another.</summary>
    public const decimal DefaultTurnSeconds = 30;

    /// <summary>Spectators of one room.</summary>
    public const int MaxSpectators = 1_000;

    /// <summary>The error code of a room without a free seat.</summary>
    public const string RoomFull = "room-full";

    /// <summary>The error code of a name that the other has.</summary>
    public const string NameTaken = "name-taken";

    /// <summary>The error code of another time of turns than the room's.</summary>
    public const string ClockSet = "clock-set";

    /// <summary>The error code of a token that is of no seat.</summary>
    public const string WrongToken = "wrong-token";

    /// <summary>The error code of a move without a game.</summary>
    public const string NotPlaying = "not-playing";

    /// <summary>The error code of a move out of turn.</summary>
    public const string NotYourTurn = "not-your-turn";

    /// <summary>The error code of a column without a free place.</summary>
    public const string ColumnFull = "column-full";

    /// <summary>The error code of a rematch too soon.</summary>
    public const string NotOver = "not-over";

    /// <summary>The error code of a spectator who wants to play.</summary>
    public const string SpectatorsWatch = "spectators-watch";

    /// <summary>The error code of one spectator too many.</summary>
    public const string TooManySpectators = "too-many-spectators";

    /// <summary>The code with which a player's connection is closed when he has come by another.</summary>
    public const int TakenOver = 4000;

    /// <summary>How long the seat of a player is kept whose connection is gone.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    /// <summary>How long the first to come waits for another.</summary>
    public static readonly TimeSpan WaitsFor = TimeSpan.FromMinutes(30);

    /// <summary>How long a room stays when its game is over.</summary>
    public static readonly TimeSpan StaysFor = TimeSpan.FromMinutes(10);

    private const string GameKey = "game";

    private const string SpectatorTag = "spectator";

    /// <summary>128 bits, which nobody guesses.</summary>
    private const int TokenBytes = 16;

    /// <inheritdoc/>
    public Task<GameTicket> Join(string player, decimal? turnSeconds = null)
    {
        Argument.Text(player, "player", NameCharacters);
        TimeSpan? turnTime = turnSeconds is { } seconds
            ? TimeSpan.FromMilliseconds(Argument.Milliseconds(seconds, "turnSeconds", MinTurnSeconds, MaxTurnSeconds))
            : null;
        Game? there = Current();
        if (there is null && Stored is not null)
        {
            // A room that has closed is another one, though its alarm may be late.
            SendAway();
            Storage.Delete(GameKey);
        }
        Game game = there ?? new Game(turnTime ?? TimeSpan.FromSeconds((double)DefaultTurnSeconds));
        if (game.Phase != GamePhase.Waiting)
        {
            throw new DurableObjectException(409, RoomFull, "Both seats are taken.");
        }
        if (game.Red?.Name == player)
        {
            throw new DurableObjectException(409, NameTaken, $"'{player}' sits here already; come back with the seat's token.");
        }
        if (turnTime is not null && turnTime != game.TurnTime)
        {
            throw new DurableObjectException(
                409, ClockSet, $"A turn has {game.TurnTime.TotalSeconds} s here, as the first to come has said.");
        }
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
        GameSeat seat = game.Red is null ? GameSeat.Red : GameSeat.Yellow;
        return Task.FromResult(new GameTicket(seat, token, Keep(game.Join(new GameChair(player, GameChair.DigestOf(token)), Context.Now))));
    }

    /// <inheritdoc/>
    public Task<GameState> Move(string token, int column) => Play(token, new GameMessage(Move: column));

    /// <inheritdoc/>
    public Task<GameState> Resign(string token) => Play(token, new GameMessage(Resign: true));

    /// <inheritdoc/>
    public Task<GameState> Rematch(string token) => Play(token, new GameMessage(Rematch: true));

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<GameState> State() => Task.FromResult(Current()?.ToState() ?? Game.Nobody);

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        if (opening.Query.GetValueOrDefault("token") is { } token)
        {
            (Game game, GameSeat seat) = Seated(token);
            foreach (ObjectSocket older in Context.Sockets.List(TagOf(seat)))
            {
                older.Close(TakenOver, "The player has come by another connection.");
            }
            socket.SetTags(TagOf(seat));
            socket.Send("seat", new GameWelcome(seat, game.Chair(seat)!.Name));
            game = game.ComeBack(seat);
            if (Stored!.Version == game.Version)
            {
                socket.Send("state", game.ToState());
            }
            // Otherwise all get it, this one too.
            Keep(game);
        }
        else if (opening.Query.GetValueOrDefault("role") == SpectatorTag)
        {
            if (Context.Sockets.List(SpectatorTag).Count >= MaxSpectators)
            {
                throw new DurableObjectException(409, TooManySpectators, $"There are {MaxSpectators:N0} spectators, which is the limit.");
            }
            socket.SetTags(SpectatorTag);
            socket.Send("state", Current()?.ToState() ?? Game.Nobody);
        }
        else
        {
            throw Argument.Invalid("Connect with '?token=' as a player, or with '?role=spectator'; both are missing.");
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message)
    {
        if (SeatOf(socket) is not { } seat)
        {
            throw new DurableObjectException(403, SpectatorsWatch, "Spectators watch; join and connect with the seat's token to play.");
        }
        GameMessage play = message.As<GameMessage>() ?? throw NoMessage();
        Play(Current() ?? throw Closed(), seat, play);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        bool isElsewhere = SeatOf(socket) is { } tagged && Context.Sockets.List(TagOf(tagged)).Any(one => one.Id != socket.Id);
        if (Current() is not { } game)
        {
            // Spectators may wait in a room into which nobody has come yet.
            if (Stored is not null || Context.Sockets.Count == 0)
            {
                Close();
            }
        }
        else if (SeatOf(socket) is { } seat && game.Chair(seat) is not null && !isElsewhere)
        {
            Keep(game.GoAway(seat, Context.Now));
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        if (Current() is { } game)
        {
            Keep(game);
        }
        else
        {
            Close();
        }
        return ValueTask.CompletedTask;
    }

    private Game? Stored => Storage.Get<Game>(GameKey);

    private static string TagOf(GameSeat seat) => seat == GameSeat.Red ? "red" : "yellow";

    private static GameSeat? SeatOf(ObjectSocket socket) => socket.Tags[0] switch
    {
        "red" => GameSeat.Red,
        "yellow" => GameSeat.Yellow,
        _ => null,
    };

    private static DurableObjectException NoMessage() =>
        Argument.Invalid("A message to a game room is { \"move\": column }, { \"resign\": true } or { \"rematch\": true }.");

    private static DurableObjectException Closed() => new(409, NotPlaying, "The room has closed.");

    /// <summary>The room as it is now, whatever the alarm has seen of it; null if there is none, or none any more.</summary>
    private Game? Current() => Stored?.At(Context.Now);

    private (Game Game, GameSeat Seat) Seated(string token)
    {
        string digest = GameChair.DigestOf(token);
        Game? game = Current();
        return game?.Red?.TokenDigest == digest ? (game, GameSeat.Red)
            : game?.Yellow?.TokenDigest == digest ? (game, GameSeat.Yellow)
            : throw new DurableObjectException(403, WrongToken, "The token is of no seat in this room.");
    }

    private Task<GameState> Play(string token, GameMessage play)
    {
        (Game game, GameSeat seat) = Seated(token);
        return Task.FromResult(Play(game, seat, play));
    }

    private GameState Play(Game game, GameSeat seat, GameMessage play)
    {
        int given = (play.Move is null ? 0 : 1) + (play.Resign ? 1 : 0) + (play.Rematch ? 1 : 0);
        if (given != 1)
        {
            throw NoMessage();
        }
        // Who plays is there, with a connection or without.
        game = game.ComeBack(seat);
        if (play.Move is { } column)
        {
            Argument.Within(column, "column", 1, ConnectFour.Columns);
            return Keep(game.Move(seat, column, Context.Now));
        }
        if (play.Rematch)
        {
            return Keep(game.AskForRematch(seat, Context.Now));
        }
        if (game.Phase == GamePhase.Waiting)
        {
            Close();
            return Game.Nobody;
        }
        return Keep(game.Resign(seat, Context.Now));
    }

    /// <summary>Stores the room, sets the alarm for what time will do to it, and tells all if it has changed.</summary>
    private GameState Keep(Game game)
    {
        GameState state = game.ToState();
        if (Stored?.Version != game.Version)
        {
            Storage.Put(GameKey, game);
            Context.Sockets.Send("state", state);
        }
        if (game.NextAt is { } next && Storage.GetAlarm() != next)
        {
            Storage.SetAlarm(next);
        }
        return state;
    }

    /// <summary>Ends the room.</summary>
    private void Close()
    {
        SendAway();
        Storage.DeleteAll();
    }

    private void SendAway()
    {
        foreach (ObjectSocket socket in Context.Sockets.List())
        {
            socket.Close(1000, "The room has closed.");
        }
    }
}
