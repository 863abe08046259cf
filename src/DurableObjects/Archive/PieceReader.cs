namespace DurableObjects.Archive;

/// <summary>Reads a piece: its header, then the headers of its blocks, then the blocks that are asked for. All of it is checked.</summary>
internal sealed class PieceReader : IAsyncDisposable
{
    /// <summary>Read at once when a piece is opened: prefix, header and the first blocks of most.</summary>
    private const int FirstReadBytes = 4_096;

    private readonly IArchivePiece _piece;
    private readonly PieceName _name;
    private readonly long _firstBlock;
    private List<(PieceBlock Block, long Offset)>? _blocks;

    private PieceReader(IArchivePiece piece, PieceName name, PieceHeader header, long firstBlock)
    {
        _piece = piece;
        _name = name;
        _firstBlock = firstBlock;
        Header = header;
    }

    public PieceHeader Header { get; }

    /// <summary>Opens a piece; null if it is not there.</summary>
    /// <exception cref="InvalidDataException">It is not the piece that was written under this name.</exception>
    public static async ValueTask<PieceReader?> OpenAsync(IArchiveStore store, PieceName name, CancellationToken cancellation)
    {
        if (await store.OpenAsync(name, cancellation) is not { } piece)
        {
            return null;
        }
        try
        {
            byte[] bytes = new byte[FirstReadBytes];
            int count = await piece.ReadAsync(bytes, 0, cancellation);
            int length = PieceHeader.PrefixBytes + PieceHeader.LengthOf(bytes.AsSpan(0, count));
            if (length > bytes.Length)
            {
                bytes = new byte[length];
                count = await piece.ReadAsync(bytes, 0, cancellation);
            }
            PieceHeader header = count >= length
                ? PieceHeader.Read(bytes.AsSpan(0, length))
                : throw new InvalidDataException("it ends within its header");
            bool isNamed = header.Address.Id == name.Id && header.Kind == name.Kind
                && header.Previous.Commit == name.From && header.Summary.Head.Commit == name.To;
            return isNamed
                ? new PieceReader(piece, name, header, length)
                : throw new InvalidDataException("it holds something else than its name says");
        }
        catch (InvalidDataException error)
        {
            await piece.DisposeAsync();
            throw Damaged(name, error);
        }
        catch
        {
            await piece.DisposeAsync();
            throw;
        }
    }

    /// <summary>The blocks' headers.</summary>
    public async ValueTask<IReadOnlyList<(PieceBlock Block, long Offset)>> BlocksAsync(CancellationToken cancellation)
    {
        if (_blocks is not null)
        {
            return _blocks;
        }
        List<(PieceBlock, long)> blocks = new(Header.Blocks);
        byte[] header = new byte[PieceBlock.HeaderBytes];
        long offset = _firstBlock;
        for (int i = 0; i < Header.Blocks; i++)
        {
            int count = await _piece.ReadAsync(header, offset, cancellation);
            PieceBlock block = Try(() => PieceBlock.Read(header.AsSpan(0, count)));
            blocks.Add((block, offset + PieceBlock.HeaderBytes));
            offset += PieceBlock.HeaderBytes + block.Stored;
        }
        return _blocks = blocks;
    }

    /// <summary>The content of a block.</summary>
    public async ValueTask<byte[]> ReadAsync(PieceBlock block, long offset, CancellationToken cancellation)
    {
        byte[] stored = new byte[block.Stored];
        int count = await _piece.ReadAsync(stored, offset, cancellation);
        return Try(() => count == stored.Length
            ? block.Decompress(stored)
            : throw new InvalidDataException("it ends within a block"));
    }

    /// <summary>Runs something whose complaint is about this piece, and says so.</summary>
    public T Try<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error)
        {
            throw Damaged(_name, error);
        }
    }

    public ValueTask DisposeAsync() => _piece.DisposeAsync();

    private static InvalidDataException Damaged(PieceName name, InvalidDataException error) =>
        new($"The piece {name} of the archive is damaged: {error.Message}.", error);
}
