using System.Text;
using System.Text.Json;
using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class DocumentProperties
{
    private static readonly string[] Snippets = ["a", "bc", "🙂", "𝔘x", "é", "\n", "x\ny", "\n\n", "\"\\", "\u0000", "語"];

    private static readonly Gen<string> Inserts =
        from count in Gen.Choose(0, 4)
        from parts in Gen.Elements(Snippets).ListOf(count)
        select string.Concat(parts);

    /// <summary>An edit, in parts of ten thousand so that it fits a text of any length.</summary>
    private static readonly Gen<(int At, int Length, string Insert)> Edits =
        from at in Gen.Choose(0, 10_000)
        from length in Gen.Frequency((2, Gen.Constant(0)), (3, Gen.Choose(0, 3_000)), (1, Gen.Constant(10_000)))
        from insert in Inserts
        select (at, length, insert);

    private static readonly Gen<Step> Steps =
        from edits in Edits.ListOf()
        from what in Gen.Frequency((8, Gen.Constant("")), (1, Gen.Constant("hibernate")), (1, Gen.Constant("compact")))
        select new Step([.. edits], what);

    [Fact]
    public void The_text_is_what_a_list_of_characters_makes_of_the_same_changes() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), IsAsTheReference).Check(Repeatable.Config);

    [Fact]
    public void Restoring_makes_of_any_text_any_other_by_one_update_at_most() =>
        Prop.ForAll(Gen.Zip(Inserts, Inserts).ToArbitrary(), RestoresAsync).Check(Repeatable.Config);

    [Fact]
    public void A_cursor_moves_as_a_mark_within_the_text_would() =>
        Prop.ForAll(Gen.Zip(Inserts, Edits.ListOf()).ToArbitrary(), MovesAsync).Check(Repeatable.Config);

    private static async Task RestoresAsync((string Before, string After) texts)
    {
        await using TestHost host = TestHost.Of(typeof(Document));
        IDocument document = host.Objects.Get<IDocument>("notes");
        Assert.True(await PushAsync(document, 0, [(0, 0, texts.After)], ""));
        await document.SaveVersion("after");
        Assert.True(await PushAsync(document, 1, [(0, texts.After.Length, texts.Before)], texts.After));

        await document.RestoreVersion("after");

        DocumentSnapshot restored = await document.GetDocument();
        Assert.Equal((texts.Before == texts.After ? 2 : 3, texts.After), (restored.Version, restored.Doc));
    }

    private static async Task MovesAsync((string Text, List<(int At, int Length, string Insert)> Edits) given)
    {
        await using TestHost host = TestHost.Of(typeof(Document));
        IDocument document = host.Objects.Get<IDocument>("notes");
        TestSocket socket = await host.ConnectAsync(
            host.Address<IDocument>("notes"), new Dictionary<string, string> { ["clientID"] = "ada" });
        List<(int From, int To, string Insert)> placed = Place(given.Edits, given.Text);
        Assert.True(await PushAsync(document, 0, [(0, 0, given.Text)], ""));
        Assert.True(await PushAsync(document, 1, placed, given.Text));
        for (int position = 0; position <= given.Text.Length; position++)
        {
            Assert.Null((await socket.SendAsync(new { anchor = position, head = position, version = 1 })).Error);

            int moved = Moved(position, placed);
            Assert.Equal(
                $$"""[{"clientID":"ada","name":null,"anchor":{{moved}},"head":{{moved}},"version":2}]""", socket.Received[^1].Arguments);
        }
    }

    /// <summary>Before what is inserted right there, and at the beginning of a deletion that it lies within.</summary>
    private static int Moved(int position, List<(int From, int To, string Insert)> placed)
    {
        int shift = 0;
        foreach ((int from, int to, string insert) in placed)
        {
            if (position < from || (position == from && to == from))
            {
                break;
            }
            if (position < to)
            {
                return from + shift;
            }
            shift += insert.Length - (to - from);
        }
        return position + shift;
    }

    private static async Task IsAsTheReference(IEnumerable<Step> steps)
    {
        await using TestHost host = TestHost.Of(typeof(Document));
        IDocument document = host.Objects.Get<IDocument>("notes");
        string text = "";
        long version = 0;
        foreach (Step step in steps)
        {
            List<(int From, int To, string Insert)> placed = Place(step.Edits, text);
            Assert.True(await PushAsync(document, version++, placed, text));
            foreach ((int from, int to, string insert) in Enumerable.Reverse(placed))
            {
                text = text.Remove(from, to - from).Insert(from, insert);
            }
            if (step.What == "hibernate")
            {
                await host.HibernateAllAsync(rebuild: true);
            }
            if (step.What == "compact")
            {
                await document.Compact(1);
            }
            Assert.Equal(new DocumentSnapshot(version, text), await document.GetDocument());
        }
    }

    private static Task<bool> PushAsync(
        IDocument document, long version, List<(int From, int To, string Insert)> placed, string text) =>
        document.PushUpdates(version, [new DocumentUpdate("ada", JsonSerializer.Deserialize<JsonElement>(ToJson(placed, text)))]);

    /// <summary>The edits as ranges of a text, one after the other, none of which ends within a surrogate pair.</summary>
    private static List<(int From, int To, string Insert)> Place(IEnumerable<(int At, int Length, string Insert)> edits, string text)
    {
        int Outside(int position) =>
            position > 0 && position < text.Length && char.IsLowSurrogate(text[position]) ? position - 1 : position;
        List<(int, int, string)> placed = [];
        int end = -1;
        foreach ((int at, int length, string insert) in edits.OrderBy(one => one.At))
        {
            int from = Outside(at * text.Length / 10_000);
            int to = Outside(Math.Min(text.Length, from + (length * text.Length / 10_000)));
            if (from > end && (to > from || insert.Length > 0))
            {
                placed.Add((from, to, insert));
                end = to;
            }
        }
        return placed;
    }

    private static string ToJson(List<(int From, int To, string Insert)> placed, string text)
    {
        StringBuilder json = new("[");
        int end = 0;
        foreach ((int from, int to, string insert) in placed)
        {
            json.Append(from > end ? $"{from - end},[{to - from}" : $"[{to - from}");
            if (insert.Length > 0)
            {
                json.Append(',').AppendJoin(',', insert.Split('\n').Select(line => JsonSerializer.Serialize(line)));
            }
            json.Append("],");
            end = to;
        }
        return $"{(text.Length > end ? json.Append(text.Length - end) : json).ToString().TrimEnd(',')}]";
    }

    private sealed record Step(IReadOnlyList<(int At, int Length, string Insert)> Edits, string What);
}
