using System.Text;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Tests.Storage;

public sealed class KeyValueTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    [Fact]
    public async Task Values_of_any_shape_come_back_as_they_were()
    {
        await _host.DoAsync(one =>
        {
            one.Storage.Put("number", 42);
            one.Storage.Put("text", "Grüße 𝄞 \0");
            one.Storage.Put("record", new Shape("a", [1, 2], null));
            one.Storage.Put("bytes", new byte[] { 0, 1, 255 });
            one.Storage.Put("empty text", "");
            one.Storage.Put("empty bytes", Array.Empty<byte>());
            one.Storage.Put<string?>("null", null);
        });
        await _host.Host.HibernateAllAsync(rebuild: true);
        await _host.DoAsync(one =>
        {
            Assert.Equal(42, one.Storage.Get<int>("number"));
            Assert.Equal("Grüße 𝄞 \0", one.Storage.Get<string>("text"));
            Assert.Equivalent(new Shape("a", [1, 2], null), one.Storage.Get<Shape>("record"), strict: true);
            Assert.Equal((byte[])[0, 1, 255], one.Storage.Get<byte[]>("bytes"));
            Assert.Equal("", one.Storage.Get<string>("empty text"));
            Assert.Equal((byte[])[], one.Storage.Get<byte[]>("empty bytes"));
            Assert.True(one.Storage.TryGet("null", out string? nothing));
            Assert.Null(nothing);
            Assert.False(one.Storage.TryGet("absent", out string? _));
            Assert.Equal(7, one.Storage.Get("absent", 7));
            Assert.Equal(0, one.Storage.Get<int>("absent"));
        });
    }

    [Fact]
    public async Task A_value_of_another_shape_names_its_key()
    {
        await _host.DoAsync(one =>
        {
            one.Storage.Put("text", "no number");
            one.Storage.Put("bytes", new byte[] { 1 });
            Assert.Contains("'text'", Assert.Throws<DurableObjectException>(() => one.Storage.Get<int>("text")).Message,
                StringComparison.Ordinal);
            Assert.Contains("'bytes'", Assert.Throws<DurableObjectException>(() => one.Storage.Get<int>("bytes")).Message,
                StringComparison.Ordinal);
            Assert.Contains("'text'", Assert.Throws<DurableObjectException>(() => one.Storage.Get<byte[]>("text")).Message,
                StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Many_keys_at_once_are_put_got_and_deleted()
    {
        await _host.DoAsync(one =>
        {
            one.Storage.Put(new Dictionary<string, int> { ["a"] = 1, ["b"] = 2, ["c"] = 3 });
            Assert.Equal(new Dictionary<string, int> { ["a"] = 1, ["c"] = 3 }, one.Storage.Get<int>(["a", "c", "absent"]));
            Assert.Equal(2, one.Storage.Delete(["a", "b", "absent"]));
            Assert.False(one.Storage.Delete("a"));
            Assert.True(one.Storage.Delete("c"));
        });
    }

    [Fact]
    public async Task Reading_and_deleting_what_is_not_there_change_nothing()
    {
        await _host.DoAsync(one =>
        {
            one.Storage.Delete("absent");
            one.Storage.DeleteAlarm();
            one.Storage.Get<int>("absent");
            one.Storage.List<int>();
        });
        Assert.Empty(_host.Commits);
        Assert.False(_host.Summary.Exists);
    }

    [Fact]
    public async Task Half_a_surrogate_pair_in_a_key_is_refused()
    {
        Failure error = await _host.FailAsync(one => one.Storage.Put("a\ud800", 1));
        Assert.Equal(ErrorCodes.InvalidArgument, error.Code);
        Assert.Contains("position 1", error.Detail, StringComparison.Ordinal);
        Assert.Equal(ErrorCodes.InvalidArgument, (await _host.FailAsync(one => one.Storage.Get<int>(""))).Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await _host.FailAsync(
            one => one.Storage.List<int>(new ListOptions { Prefix = "\udc00" }))).Code);
    }

    [Fact]
    public async Task A_list_takes_Start_or_StartAfter_and_a_positive_limit()
    {
        Assert.Contains("StartAfter", (await _host.FailAsync(
            one => one.Storage.List<int>(new ListOptions { Start = "a", StartAfter = "b" }))).Detail, StringComparison.Ordinal);
        Assert.Contains("was 0", (await _host.FailAsync(
            one => one.Storage.List<int>(new ListOptions { Limit = 0 }))).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_character_beyond_the_BMP_sorts_after_every_one_within_unlike_in_UTF_16()
    {
        string[] keys = ["\uffff", "\U0001d11e", "a", "é", "\ue000"];
        await _host.DoAsync(one =>
        {
            foreach (string key in keys)
            {
                one.Storage.Put(key, 0);
            }
        });
        Assert.Equal(
            ["a", "é", "\ue000", "\uffff", "\U0001d11e"],
            await _host.GetAsync(one => one.Storage.List<int>().Select(pair => pair.Key).ToList()));
    }

    [Fact]
    public void A_list_is_what_a_sorted_reference_says_for_every_combination_of_bounds()
    {
        // Few characters, so that keys share prefixes; some whose order differs between UTF-16 and UTF-8, and both ends of UTF-8.
        Gen<string> text = Gen.ListOf(
            Gen.Elements("a", "b", "\0", "\u007f", "é", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff"))
            .Select(parts => string.Concat(parts.Take(4)));
        Gen<string?> bound = Gen.Frequency((1, Gen.Constant<string?>(null)), (2, text.Select(one => (string?)one)));
        Gen<ListOptions> options =
            from prefix in bound
            from start in bound
            from isAfter in Gen.Elements(true, false)
            from end in bound
            from reverse in Gen.Elements(true, false)
            from limit in Gen.Elements(default(int?), 1, 3, 100)
            select new ListOptions
            {
                Prefix = prefix,
                Start = isAfter ? null : start,
                StartAfter = isAfter ? start : null,
                End = end,
                Reverse = reverse,
                Limit = limit,
            };
        Gen<(string[] Keys, ListOptions[] Options)> cases =
            from keys in Gen.ListOf(text.Where(one => one.Length > 0))
            from lists in Gen.ListOf(options, 20)
            select (keys.Distinct().ToArray(), lists.ToArray());
        Config config = Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(30).WithReplay(4_711, 13);
        Check.One(config, Prop.ForAll(cases.ToArbitrary(), one => MatchesAsync(one.Keys, one.Options).GetAwaiter().GetResult()));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private static async Task<bool> MatchesAsync(string[] keys, ListOptions[] lists)
    {
        await using ScriptedHost host = new();
        await host.DoAsync(one =>
        {
            for (int i = 0; i < keys.Length; i++)
            {
                one.Storage.Put(keys[i], i);
            }
            foreach (ListOptions options in lists)
            {
                Assert.Equal(
                    Expected(keys, options).Select(key => new KeyValuePair<string, int>(key, Array.IndexOf(keys, key))),
                    one.Storage.List<int>(options));
            }
        });
        return true;
    }

    private static IEnumerable<string> Expected(string[] keys, ListOptions options)
    {
        IEnumerable<string> found = keys
            .Where(key => options.Prefix is null || key.StartsWith(options.Prefix, StringComparison.Ordinal))
            .Where(key => options.Start is null || Compare(key, options.Start) >= 0)
            .Where(key => options.StartAfter is null || Compare(key, options.StartAfter) > 0)
            .Where(key => options.End is null || Compare(key, options.End) < 0)
            .Order(Comparer<string>.Create(Compare));
        return (options.Reverse ? found.Reverse() : found).Take(options.Limit ?? int.MaxValue);
    }

    private static int Compare(string left, string right) =>
        Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    private sealed record Shape(string Name, int[] Numbers, string? Nothing);
}
