namespace DurableObjects.Entities;

/// <summary>
/// The rules of Connect Four: a stone falls to the lowest free place of its column, and four of a colour in a line, in any direction, win.
/// A board is a text of a character for each place, row by row from the bottom.
/// </summary>
internal static class ConnectFour
{
    /// <summary>Columns of the board.</summary>
    public const int Columns = 7;

    /// <summary>Rows of the board.</summary>
    public const int Rows = 6;

    private const int InLine = 4;

    private const char Free = '.';

    private static readonly (int Column, int Row)[] Directions = [(1, 0), (0, 1), (1, 1), (1, -1)];

    /// <summary>A board without stones.</summary>
    public static string Empty { get; } = new(Free, Columns * Rows);

    /// <summary>Where a stone would come to rest, counted from 0; null if the column is full.</summary>
    public static int? RowFor(string board, int column)
    {
        int row = Enumerable.Range(0, Rows).FirstOrDefault(row => At(board, column, row) == Free, Rows);
        return row < Rows ? row : null;
    }

    /// <summary>The board with one stone more.</summary>
    public static string With(string board, int column, int row, GameSeat seat) =>
        string.Create(board.Length, (board, At: (row * Columns) + column, Stone: StoneOf(seat)), (places, one) =>
        {
            one.board.CopyTo(places);
            places[one.At] = one.Stone;
        });

    /// <summary>Whether the stone at a place is one of four in a line.</summary>
    public static bool IsInLine(string board, int column, int row) => Directions.Any(
        direction => 1 + Alike(board, column, row, direction.Column, direction.Row)
            + Alike(board, column, row, -direction.Column, -direction.Row) >= InLine);

    /// <summary>Whether no stone can be added.</summary>
    public static bool IsFull(string board) => !board.Contains(Free, StringComparison.Ordinal);

    /// <summary>The rows, the top one first.</summary>
    public static IReadOnlyList<string> Show(string board) =>
        [.. Enumerable.Range(0, Rows).Reverse().Select(row => board.Substring(row * Columns, Columns))];

    private static char StoneOf(GameSeat seat) => seat == GameSeat.Red ? 'r' : 'y';

    private static char At(string board, int column, int row) => board[(row * Columns) + column];

    /// <summary>How many stones like the one at a place follow it in a direction.</summary>
    private static int Alike(string board, int column, int row, int right, int up)
    {
        char stone = At(board, column, row);
        int count = 0;
        int x = column + right;
        int y = row + up;
        while (x is >= 0 and < Columns && y is >= 0 and < Rows && At(board, x, y) == stone)
        {
            count++;
            x += right;
            y += up;
        }
        return count;
    }
}
