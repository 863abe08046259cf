using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// A change of a text, as CodeMirror's <c>ChangeSet</c> says it: parts that cover the whole text, of which each is kept, deleted or
/// replaced. In JSON <c>5</c> keeps five characters, <c>[5]</c> deletes them, <c>[5, "one", "two"]</c> replaces them by two lines, and
/// <c>[0, "x"]</c> inserts. A character is a unit of UTF-16, and so is the break between two lines.
/// </summary>
internal sealed class DocumentChanges
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly SearchValues<char> LineBreaks = SearchValues.Create("\r\n");

    private readonly List<Part> _parts = [];

    private DocumentChanges()
    {
    }

    /// <summary>The parts in order. Between two that are kept is always one that is not.</summary>
    public IReadOnlyList<Part> Parts => _parts;

    /// <summary>Characters of the text before.</summary>
    public int Length { get; private set; }

    /// <summary>Characters of the text after.</summary>
    public int NewLength { get; private set; }

    /// <summary>Whether nothing changes.</summary>
    public bool IsEmpty => Inserted == 0 && Deleted == 0;

    /// <summary>Characters that are inserted.</summary>
    public int Inserted { get; private set; }

    /// <summary>Characters that are deleted.</summary>
    public int Deleted { get; private set; }

    /// <summary>Reads what a client sent. What is no change of a text of so many characters is refused, with the reason.</summary>
    public static DocumentChanges Parse(JsonElement json, string name, int length)
    {
        DocumentChanges changes = Read(json, name, length, out long covered);
        return covered == length
            ? changes
            : throw Argument.Invalid($"'{name}' is a change of {covered:N0} characters; the document has {length:N0} there.");
    }

    /// <summary>Reads what <see cref="ToJson"/> has written.</summary>
    public static DocumentChanges Read(string json) =>
        Read(JsonSerializer.Deserialize<JsonElement>(json), "changes", int.MaxValue, out _);

    /// <summary>
    /// The smallest one-piece change that makes a text of another; if that would insert more than so many characters, the first step to
    /// it.
    /// </summary>
    public static DocumentChanges Between(ReadOnlySpan<char> before, ReadOnlySpan<char> after, int most)
    {
        int start = before.CommonPrefixLength(after);
        // Two characters outside the basic plane often begin with the same half.
        start -= start > 0 && char.IsHighSurrogate(before[start - 1]) ? 1 : 0;
        int rest = Math.Min(before.Length, after.Length) - start;
        int end = 0;
        while (end < rest && before[^(end + 1)] == after[^(end + 1)])
        {
            end++;
        }
        end -= end > 0 && char.IsLowSurrogate(before[^end]) ? 1 : 0;
        ReadOnlySpan<char> inserted = after[start..^end];
        if (inserted.Length > most)
        {
            inserted = inserted[..(char.IsHighSurrogate(inserted[most - 1]) ? most - 1 : most)];
        }
        DocumentChanges changes = new();
        changes.Add(start, null);
        changes.Add(before.Length - start - end, inserted.ToString());
        changes.Add(end, null);
        return changes;
    }

    /// <summary>The change as JSON, without parts that change nothing.</summary>
    public string ToJson()
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json, Writing))
        {
            writer.WriteStartArray();
            foreach (Part part in _parts)
            {
                Write(part, writer);
            }
            writer.WriteEndArray();
        }
        return Encoding.UTF8.GetString(json.WrittenSpan);
    }

    /// <summary>
    /// Where a position is after the change: before what is inserted right there, and where a deletion was that it lay within.
    /// </summary>
    public int Map(int position)
    {
        int before = 0;
        int after = 0;
        foreach (Part part in _parts)
        {
            int end = before + part.Length;
            if (part.IsKept && position < end)
            {
                return after + position - before;
            }
            if (!part.IsKept && (position < end || (position == end && part.Length == 0)))
            {
                return after;
            }
            before = end;
            after += part.NewLength;
        }
        return after;
    }

    private static DocumentChanges Read(JsonElement json, string name, int most, out long covered)
    {
        if (json.ValueKind != JsonValueKind.Array)
        {
            throw Argument.Invalid($"'{name}' is no ChangeSet, which is an array.");
        }
        DocumentChanges changes = new();
        covered = 0;
        int index = 0;
        foreach (JsonElement part in json.EnumerateArray())
        {
            string where = $"'{name}[{index++}]'";
            (int length, string? inserted) = part.ValueKind == JsonValueKind.Array
                ? ReadChange(part, where)
                : (ReadLength(part, where), null);
            covered += length;
            if (covered <= most)
            {
                changes.Add(length, inserted);
            }
        }
        return changes;
    }

    private static int ReadLength(JsonElement json, string where) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out int length) && length >= 0
            ? length
            : throw Argument.Invalid($"{where} should begin with a number of characters, or be one.");

    private static (int Length, string Inserted) ReadChange(JsonElement json, string where)
    {
        int length = json.GetArrayLength() > 0
            ? ReadLength(json[0], where)
            : throw Argument.Invalid($"{where} is empty.");
        StringBuilder? lines = null;
        foreach (JsonElement line in json.EnumerateArray().Skip(1))
        {
            string text = ReadLine(line, where);
            lines = lines is null ? new StringBuilder(text) : lines.Append('\n').Append(text);
        }
        return (length, lines?.ToString() ?? "");
    }

    private static string ReadLine(JsonElement json, string where)
    {
        string text;
        try
        {
            text = json.GetString() ?? throw new InvalidOperationException("null is no line.");
        }
        catch (InvalidOperationException error)
        {
            // JSON can escape half of a surrogate pair, which no text can hold.
            throw Argument.Invalid($"{where} has a line that is no text: {error.Message}");
        }
        return !text.AsSpan().ContainsAny(LineBreaks)
            ? text
            : throw Argument.Invalid($"{where} has a line break within a line; each line is a text of its own.");
    }

    private static void Write(Part part, Utf8JsonWriter writer)
    {
        if (part.IsKept)
        {
            writer.WriteNumberValue(part.Length);
            return;
        }
        writer.WriteStartArray();
        writer.WriteNumberValue(part.Length);
        if (part.NewLength > 0)
        {
            foreach (Range line in part.Inserted.AsSpan().Split('\n'))
            {
                writer.WriteStringValue(part.Inserted.AsSpan(line));
            }
        }
        writer.WriteEndArray();
    }

    private void Add(int length, string? inserted)
    {
        if (length == 0 && string.IsNullOrEmpty(inserted))
        {
            return;
        }
        if (inserted is null && _parts.Count > 0 && _parts[^1].IsKept)
        {
            _parts[^1] = new Part(_parts[^1].Length + length, null);
        }
        else
        {
            _parts.Add(new Part(length, inserted));
        }
        Length += length;
        NewLength += inserted?.Length ?? length;
        Inserted += inserted?.Length ?? 0;
        Deleted += inserted is null ? 0 : length;
    }

    /// <summary>A stretch of the text before, and what it becomes.</summary>
    /// <param name="Length">Its characters.</param>
    /// <param name="Inserted">What replaces it, perhaps nothing; null if it is kept.</param>
    internal readonly record struct Part(int Length, string? Inserted)
    {
        [MemberNotNullWhen(false, nameof(Inserted))]
        public bool IsKept => Inserted is null;

        public int NewLength => Inserted?.Length ?? Length;
    }
}
