namespace DurableObjects.Entities;

/// <summary>A text to which changes are applied one after the other: two buffers in turns, so that no change allocates a text.</summary>
internal sealed class DocumentText(string text)
{
    private char[] _characters = text.ToCharArray();
    private char[] _spare = [];

    /// <summary>Characters (UTF-16) of the text.</summary>
    public int Length { get; private set; } = text.Length;

    /// <summary>The text.</summary>
    public ReadOnlySpan<char> Span => _characters.AsSpan(0, Length);

    /// <summary>Applies a change that was read for a text of this length.</summary>
    /// <exception cref="DurableObjectException">It would tear a surrogate pair apart (400). The text is then as before.</exception>
    public void Apply(DocumentChanges changes, string name)
    {
        if (_spare.Length < changes.NewLength)
        {
            // A quarter more, as what grows is likely to grow again.
            _spare = new char[changes.NewLength + changes.NewLength / 4];
        }
        int from = 0;
        int to = 0;
        foreach (DocumentChanges.Part part in changes.Parts)
        {
            if (part.IsKept)
            {
                CheckNotWithinPair(from, name);
                CheckNotWithinPair(from + part.Length, name);
                Span.Slice(from, part.Length).CopyTo(_spare.AsSpan(to));
            }
            else
            {
                part.Inserted.CopyTo(_spare.AsSpan(to));
            }
            from += part.Length;
            to += part.NewLength;
        }
        (_characters, _spare) = (_spare, _characters);
        Length = to;
    }

    /// <inheritdoc/>
    public override string ToString() => Span.ToString();

    private void CheckNotWithinPair(int position, string name)
    {
        if (position > 0 && position < Length && char.IsSurrogatePair(_characters[position - 1], _characters[position]))
        {
            throw Argument.Invalid($"'{name}' begins or ends at {position}, between the two halves of a surrogate pair.");
        }
    }
}
