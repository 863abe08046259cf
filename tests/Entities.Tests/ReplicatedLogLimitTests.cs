using System.Text.Json;

namespace DurableObjects.Entities.Tests;

/// <summary>How much of everything a log takes, and pages that are short enough.</summary>
public sealed class ReplicatedLogLimitTests : ReplicatedLogTestBase
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(101)]
    public async Task A_page_has_one_to_a_hundred_entries(int limit)
    {
        await Append("a");
        await Expect.InvalidArgument(() => Log.Read(limit: limit), "'limit'", "100");
        await Expect.InvalidArgument(() => Log.Read(from: 0), "'from'");
    }

    [Fact]
    public async Task Pages_follow_each_other_and_long_entries_make_shorter_ones()
    {
        string text = new('x', LogLimits.DataBytes - 2);
        for (int i = 0; i < 70; i++)
        {
            await Log.Append(JsonSerializer.SerializeToElement(text));
        }

        List<long> read = [];
        for (long? from = 1; from is { } next;)
        {
            LogPage page = await Log.Read(next);
            read.AddRange(page.Entries.Select(one => one.Index));
            from = page.Next;
        }

        Assert.Equal(Enumerable.Range(1, 70).Select(i => (long)i), read);
        Assert.Equal(64, (await Log.Read()).Entries.Count);
        await Expect.InvalidArgument(() => Log.Append(JsonSerializer.SerializeToElement(text + "x")), "'data'", "65,536");
    }

    [Fact]
    public async Task Arguments_outside_their_limits_are_refused_by_name()
    {
        await Expect.InvalidArgument(() => Log.Append(Json("1"), ""), "'id'", "128");
        await Expect.InvalidArgument(() => Log.Append(Json("1"), new string('x', 129)), "'id'", "129");
        await Expect.InvalidArgument(() => Log.Configure(replicas: 0), "'replicas'", "7");
        await Expect.InvalidArgument(() => Log.Configure(replicas: 8), "'replicas'");
        await Expect.InvalidArgument(() => Log.Configure(unavailableAfterSeconds: 0), "'unavailableAfterSeconds'");
        await Expect.InvalidArgument(() => Log.Configure(unavailableAfterSeconds: 3_600.001m), "'unavailableAfterSeconds'", "3600");
        await Expect.InvalidArgument(() => Log.Compact(0), "'upTo'");
        await Expect.Refusal(404, LogLimits.UnknownEntry, () => Log.Entry(1), "0");
        await Expect.InvalidArgument(() => Host.Objects.Get<ILogFollower>("seeds", Administrator).Isolate(true), "seeds");
        await Expect.InvalidArgument(() => Host.Objects.Get<ILogFollower>("seeds:08", Administrator).Isolate(true), "seeds:08");
        await Log.Append(Json("1"), new string('x', 128));
        await Append("a");
        JsonElement most = JsonSerializer.SerializeToElement(new string('x', LogLimits.SnapshotBytes - 2));
        JsonElement more = JsonSerializer.SerializeToElement(new string('x', LogLimits.SnapshotBytes - 1));
        await Expect.InvalidArgument(() => Log.Compact(1, more), "'snapshot'");
        Assert.Equal(1, (await Log.Compact(1, most)).Index);
    }

    [Theory]
    [InlineData("<")]
    [InlineData("\"")]
    [InlineData("Ж")]
    public async Task What_weighs_most_as_json_reaches_the_followers_and_comes_back(string character)
    {
        await Isolate(2, true);
        JsonElement most = Longest(character, LogLimits.DataBytes);
        for (int i = 0; i < 20; i++)
        {
            await Log.Append(most);
        }
        JsonElement snapshot = Longest(character, LogLimits.SnapshotBytes);
        await Log.Compact(5, snapshot);
        await Isolate(2, false);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.All(Host.WaitingSignals, Assert.Null);
        await AssertInStep(20);

        await DeleteAsync(Leader);
        await Log.Recover();
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal((20, 20), ((await Log.Status()).Last, (await Log.Status()).Committed));
        Assert.Equal(snapshot.GetString(), (await Log.Snapshot()).Value!.Value.GetString());

        static JsonElement Longest(string character, int bytes)
        {
            int each = JsonSerializer.SerializeToUtf8Bytes(character, ObjectJson.Options).Length - 2;
            return JsonSerializer.SerializeToElement(string.Concat(Enumerable.Repeat(character, (bytes - 2) / each)));
        }
    }

    [Fact]
    public async Task Data_and_snapshots_are_nested_no_deeper_than_what_goes_around_them_allows()
    {
        await Log.Append(Nested(JsonLimits.Depth));
        await Append("a");
        await Expect.InvalidArgument(() => Log.Append(Nested(JsonLimits.Depth + 1)), "'data'", "32");
        await Expect.InvalidArgument(() => Log.Compact(1, Nested(JsonLimits.Depth + 1)), "'snapshot'", "32");

        Assert.Equal(2, (await Log.Read()).Entries.Count);
        await Log.Compact(1, Nested(JsonLimits.Depth));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await AssertInStep(2);

        static JsonElement Nested(int depth) => Json(new string('[', depth) + new string(']', depth));
    }

    [Fact]
    public async Task A_log_is_full_by_its_ids_too_which_the_database_has_twice()
    {
        for (int i = 0; i < 10; i++)
        {
            await Log.Append(Json("1"), new string('\u65e5', LogLimits.IdCharacters - 1) + i);
        }
        long each = 1 + LogLimits.EntryOverhead + 2 * (3 * (LogLimits.IdCharacters - 1) + 1);
        await AssertCountedAsync(10 * each);

        await Log.Compact(4);
        await AssertCountedAsync(6 * each);

        async Task AssertCountedAsync(long bytes)
        {
            await Host.HibernateAllAsync();
            Tables.Change(Host.DatabaseOf(Leader), $"UPDATE log SET bytes = bytes + {LogLimits.MaxBytes + 1 - bytes}");
            await Expect.Refusal(409, LogLimits.LogFull, () => Append("more"), $"{LogLimits.MaxBytes + 1:N0}");
        }
    }
}
