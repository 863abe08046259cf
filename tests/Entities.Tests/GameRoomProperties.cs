using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class GameRoomProperties
{
    private static readonly Gen<List<int>> Columns = Gen.Choose(1, 7).ListOf(50).Select(columns => columns.ToList());

    [Fact]
    public void A_game_goes_as_one_that_looks_at_every_line_of_the_board_after_each_stone() =>
        Prop.ForAll(Columns.ToArbitrary(), GoesAsTheReference).Check(Repeatable.Config.WithMaxTest(40));

    private static async Task GoesAsTheReference(List<int> columns)
    {
        await using TestHost host = TestHost.Of(typeof(GameRoom));
        IGameRoom room = host.Objects.Get<IGameRoom>("table-1");
        string[] tokens = [(await room.Join("ann")).Token, (await room.Join("bob")).Token];
        // Columns from the left, stones from the bottom.
        List<char>[] stones = [.. Enumerable.Range(0, 7).Select(_ => new List<char>())];
        int turn = 0;
        foreach (int column in columns)
        {
            if (stones[column - 1].Count == 6)
            {
                await Expect.Refusal(409, "column-full", () => room.Move(tokens[turn], column));
                continue;
            }
            stones[column - 1].Add("ry"[turn]);
            GameState state = await room.Move(tokens[turn], column);

            Assert.Equal(Board(stones), state.Board);
            GameEnding? ending = HasLine(stones) ? GameEnding.Four : stones.All(one => one.Count == 6) ? GameEnding.Full : null;
            Assert.Equal((ending, ending == GameEnding.Four ? (GameSeat)turn : null), (state.Ending, state.Winner));
            if (ending is not null)
            {
                return;
            }
            turn = 1 - turn;
        }
    }

    private static IEnumerable<string> Board(List<char>[] stones) =>
        Enumerable.Range(0, 6).Reverse().Select(row => new string([.. stones.Select(one => row < one.Count ? one[row] : '.')]));

    private static bool HasLine(List<char>[] stones)
    {
        char At(int column, int row) => column is >= 0 and < 7 && row >= 0 && row < stones[column].Count ? stones[column][row] : '.';
        return (from column in Enumerable.Range(0, 7)
                from row in Enumerable.Range(0, 6)
                from step in ((int Right, int Up)[])[(1, 0), (0, 1), (1, 1), (1, -1)]
                select Enumerable.Range(0, 4).Select(i => At(column + (i * step.Right), row + (i * step.Up))).Distinct().ToList())
            .Any(line => line.Count == 1 && line[0] != '.');
    }
}
