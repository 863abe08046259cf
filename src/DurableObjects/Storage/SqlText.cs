namespace DurableObjects.Storage;

/// <summary>Tells, without compiling it, whether SQL text holds a further statement.</summary>
internal static class SqlText
{
    /// <summary>The text without the white space, semicolons and comments that it starts with.</summary>
    public static ReadOnlyMemory<byte> SkipBlank(ReadOnlyMemory<byte> sql)
    {
        ReadOnlySpan<byte> text = sql.Span;
        while (true)
        {
            text = text.TrimStart(" \t\r\n\f;"u8);
            if (text.StartsWith("--"u8))
            {
                int end = text.IndexOf((byte)'\n');
                text = end < 0 ? [] : text[end..];
            }
            else if (text.StartsWith("/*"u8))
            {
                // As in SQLite, a comment that nobody closes goes to the end.
                int end = text[2..].IndexOf("*/"u8);
                text = end < 0 ? [] : text[(end + 4)..];
            }
            else
            {
                return sql[^text.Length..];
            }
        }
    }
}
