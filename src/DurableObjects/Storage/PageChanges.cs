namespace DurableObjects.Storage;

/// <summary>The pages that one commit changed, in the buffer that they were read into; valid until the next commit is read.</summary>
internal sealed class PageChanges
{
    private readonly SortedList<uint, int> _offsets = [];
    private byte[] _buffer = [];

    /// <summary>Pages of the database after the commit.</summary>
    public uint DatabasePages { get; private set; }

    public int Count => _offsets.Count;

    public void Set(uint page, int offset) => _offsets[page] = offset;

    /// <summary>Ends the reading: pages that the commit cut off again are left out.</summary>
    public void Complete(byte[] buffer, uint databasePages)
    {
        _buffer = buffer;
        DatabasePages = databasePages;
        while (_offsets.Count > 0 && _offsets.GetKeyAtIndex(_offsets.Count - 1) > databasePages)
        {
            _offsets.RemoveAt(_offsets.Count - 1);
        }
    }

    public bool Contains(uint page) => _offsets.ContainsKey(page);

    /// <summary>The pages in order of their numbers.</summary>
    public IEnumerable<(uint Number, ReadOnlyMemory<byte> Bytes)> InOrder()
    {
        foreach ((uint number, int offset) in _offsets)
        {
            yield return (number, _buffer.AsMemory(offset, SqliteDatabase.PageBytes));
        }
    }
}
