namespace DurableObjects.Entities;

/// <summary>
/// A game room as stored, and what can happen to it. Each happening makes a new state of it, and time is one of them: a room is asked what
/// it is at a time (<see cref="At"/>), so nothing depends on when an alarm comes.
/// </summary>
internal sealed record Game(TimeSpan TurnTime)
{
    public long Version { get; init; }

    public int Number { get; init; }

    public string Board { get; init; } = ConnectFour.Empty;

    public GameSeat? Turn { get; init; }

    public DateTimeOffset? TurnEndsAt { get; init; }

    public GameChair? Red { get; init; }

    public GameChair? Yellow { get; init; }

    public GameMove? LastMove { get; init; }

    public GameSeat? Winner { get; init; }

    public GameEnding? Ending { get; init; }

    public DateTimeOffset? ClosesAt { get; init; }

    /// <summary>What there is to see where nobody has joined.</summary>
    public static GameState Nobody { get; } = new Game(TimeSpan.FromSeconds((double)GameRoom.DefaultTurnSeconds)).ToState();

    public GamePhase Phase => Turn is not null ? GamePhase.Playing : Ending is not null ? GamePhase.Over : GamePhase.Waiting;

    /// <summary>When time changes something next.</summary>
    public DateTimeOffset? NextAt => new[] { TurnEndsAt, ClosesAt, BackBy(GameSeat.Red), BackBy(GameSeat.Yellow) }.Min();

    /// <summary>The room at a time; null if it has closed.</summary>
    public Game? At(DateTimeOffset now)
    {
        Game game = this;
        while (game.NextAt is { } next && next <= now)
        {
            if (game.Turn is not { } turn)
            {
                // The time of a room without a game ends it, and so does that of its only player.
                return null;
            }
            game = game.TurnEndsAt == next ? game.End(Other(turn), GameEnding.Timeout, next)
                : game.BackBy(GameSeat.Red) == next ? game.End(GameSeat.Yellow, GameEnding.Abandoned, next)
                : game.End(GameSeat.Red, GameEnding.Abandoned, next);
        }
        return game;
    }

    /// <summary>Takes the free seat; the game begins if it was the last.</summary>
    public Game Join(GameChair player, DateTimeOffset now)
    {
        Game game = Red is null ? this with { Red = player } : this with { Yellow = player };
        return game.Yellow is null
            ? game with { Version = Version + 1, ClosesAt = now + GameRoom.WaitsFor }
            : game.Begin(now);
    }

    public Game Move(GameSeat seat, int column, DateTimeOffset now)
    {
        RequirePlaying();
        if (Turn != seat)
        {
            throw new DurableObjectException(409, GameRoom.NotYourTurn, $"It is the turn of {Turn}.");
        }
        if (ConnectFour.RowFor(Board, column - 1) is not { } row)
        {
            throw new DurableObjectException(409, GameRoom.ColumnFull, $"Column {column} is full.");
        }
        string board = ConnectFour.With(Board, column - 1, row, seat);
        Game game = this with { Board = board, LastMove = new GameMove(seat, column, row + 1) };
        return ConnectFour.IsInLine(board, column - 1, row) ? game.End(seat, GameEnding.Four, now)
            : ConnectFour.IsFull(board) ? game.End(null, GameEnding.Full, now)
            : game with { Version = Version + 1, Turn = Other(seat), TurnEndsAt = now + TurnTime };
    }

    public Game Resign(GameSeat seat, DateTimeOffset now)
    {
        RequirePlaying();
        return End(Other(seat), GameEnding.Resigned, now);
    }

    public Game AskForRematch(GameSeat seat, DateTimeOffset now)
    {
        if (Phase != GamePhase.Over)
        {
            throw new DurableObjectException(409, GameRoom.NotOver, "There can be another game when this one is over.");
        }
        if (Chair(seat)!.WantsRematch)
        {
            return this;
        }
        Game game = With(seat, Chair(seat)! with { WantsRematch = true });
        return Chair(Other(seat))!.WantsRematch ? game.Begin(now) : game;
    }

    /// <summary>A player has gone, perhaps to come back. When the game is over nobody waits for him.</summary>
    public Game GoAway(GameSeat seat, DateTimeOffset now) =>
        Phase == GamePhase.Over ? this : With(seat, Chair(seat)! with { BackBy = now + GameRoom.Grace });

    public Game ComeBack(GameSeat seat) => Chair(seat)!.BackBy is null ? this : With(seat, Chair(seat)! with { BackBy = null });

    public GameChair? Chair(GameSeat seat) => seat == GameSeat.Red ? Red : Yellow;

    public GameState ToState() => new(
        Version, Phase, Number, ConnectFour.Show(Board), Turn, (decimal)TurnTime.TotalSeconds, TurnEndsAt, Red?.ToPlayer(),
        Yellow?.ToPlayer(), LastMove, Winner, Ending, ClosesAt);

    private static GameSeat Other(GameSeat seat) => seat == GameSeat.Red ? GameSeat.Yellow : GameSeat.Red;

    private DateTimeOffset? BackBy(GameSeat seat) => Chair(seat)?.BackBy;

    private void RequirePlaying()
    {
        if (Phase != GamePhase.Playing)
        {
            throw new DurableObjectException(409, GameRoom.NotPlaying, "No game is on.");
        }
    }

    private Game With(GameSeat seat, GameChair chair) => seat == GameSeat.Red
        ? this with { Version = Version + 1, Red = chair }
        : this with { Version = Version + 1, Yellow = chair };

    /// <summary>The next game, which the other begins.</summary>
    private Game Begin(DateTimeOffset now) => this with
    {
        Version = Version + 1,
        Number = Number + 1,
        Board = ConnectFour.Empty,
        Turn = Number % 2 == 0 ? GameSeat.Red : GameSeat.Yellow,
        TurnEndsAt = now + TurnTime,
        Red = Red! with { WantsRematch = false },
        Yellow = Yellow! with { WantsRematch = false },
        LastMove = null,
        Winner = null,
        Ending = null,
        ClosesAt = null,
    };

    private Game End(GameSeat? winner, GameEnding ending, DateTimeOffset at) => this with
    {
        Version = Version + 1,
        Turn = null,
        TurnEndsAt = null,
        Red = Red! with { BackBy = null },
        Yellow = Yellow! with { BackBy = null },
        Winner = winner,
        Ending = ending,
        ClosesAt = at + GameRoom.StaysFor,
    };
}
