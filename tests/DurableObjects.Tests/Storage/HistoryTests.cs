using DurableObjects.History;
using DurableObjects.Storage;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Tests.Storage;

/// <summary>The commits of an object make its database, whatever SQLite did on the way.</summary>
public sealed class HistoryTests : IAsyncLifetime
{
    /// <summary>Bytes that only a whole commit of these small databases has.</summary>
    private const int Whole = 3_000;

    private readonly ScriptedHost _host = new();

    [Fact]
    public async Task A_transaction_larger_than_the_cache_commits_whole_and_is_rebuilt_byte_for_byte()
    {
        await _host.DoAsync(one => one.Sql.Exec("CREATE TABLE t(id INTEGER PRIMARY KEY, a BLOB); CREATE INDEX i ON t(a)"));
        await _host.DoAsync(one =>
        {
            one.Sql.Exec(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
                + " INSERT INTO t SELECT i, randomblob(200) FROM n");
            // Pages that have spilled into the log are written again.
            one.Sql.Exec("UPDATE t SET a = randomblob(190) WHERE id % 3 = 0");
            one.Sql.Exec("DELETE FROM t WHERE id % 7 = 0");
        });

        Assert.True(_host.Commits[^1].Pages.Length > 2_000_000);
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
        Assert.Equal(8_572, await _host.GetAsync(one => one.Sql.Exec("SELECT count(*) FROM t").One().Get<int>(0)));
        await _host.DoAsync(one => one.Sql.Exec("DELETE FROM t"));
        await _host.DoAsync(one => one.Storage.Put("after", 1));
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Fact]
    public async Task A_large_transaction_that_fails_leaves_nothing_for_the_next_commit_to_pick_up()
    {
        const string Fill =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
            + " INSERT INTO t SELECT randomblob(300) FROM n";
        await _host.DoAsync(one => one.Sql.Exec("CREATE TABLE t(a)"));
        await _host.FailAsync(one =>
        {
            one.Sql.Exec(Fill);
            throw new FormatException();
        });
        await _host.DoAsync(one =>
        {
            Assert.Throws<FormatException>(() => one.Storage.Transaction(() =>
            {
                one.Sql.Exec(Fill);
                throw new FormatException();
            }));
            one.Storage.Put("k", 1);
        });

        Assert.True(_host.Commits[^1].Pages.Length < 10_000);
        await _host.DoAsync(one => one.Storage.Put("k", 2));
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Theory]
    [InlineData("INSERT OR IGNORE INTO counted(a) VALUES (1)")]
    [InlineData("INSERT INTO counted(a) VALUES (1) ON CONFLICT DO NOTHING")]
    [InlineData("UPDATE counted SET a = 2 WHERE a = 3")]
    [InlineData("DELETE FROM counted WHERE a = 3")]
    [InlineData("REINDEX")]
    [InlineData("REINDEX i")]
    [InlineData("ANALYZE")]
    [InlineData("CREATE TABLE IF NOT EXISTS counted(b)")]
    [InlineData("DROP TABLE IF EXISTS missing")]
    [InlineData("PRAGMA defer_foreign_keys = ON")]
    public async Task SQL_that_changes_no_row_leaves_the_history_whole_and_the_version_as_it_was(string sql)
    {
        await _host.DoAsync(one => one.Sql.Exec(
            "CREATE TABLE counted(id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE); CREATE INDEX i ON counted(a);"
            + "INSERT INTO counted(a) VALUES (1); ANALYZE"));
        long version = _host.Summary.Version;
        for (int i = 0; i < 3; i++)
        {
            await _host.DoAsync(one => one.Sql.Exec(sql));
        }
        Assert.Equal(version, _host.Summary.Version);

        await _host.DoAsync(one => one.Sql.Exec("INSERT INTO counted(a) VALUES (5)"));
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Fact]
    public async Task Looking_for_a_table_that_is_there_does_not_make_a_commit()
    {
        _host.Script.OnWake = one =>
        {
            one.Sql.Exec("CREATE TABLE IF NOT EXISTS t(a); CREATE INDEX IF NOT EXISTS i ON t(a)");
            return Task.CompletedTask;
        };
        await _host.DoAsync(one => one.Sql.Exec("INSERT INTO t VALUES (1)"));
        await _host.Host.HibernateAllAsync();
        await _host.DoAsync(one => Assert.Equal(1, one.Sql.Exec("SELECT a FROM t").One().Get<int>(0)));
        Assert.Single(_host.Commits);
    }

    [Fact]
    public async Task Checkpoints_between_commits_do_not_show_in_the_history()
    {
        await using ScriptedHost host = new(new ObjectRuntimeOptions { CheckpointBytes = 4_096 });
        for (int i = 0; i < 60; i++)
        {
            int value = i;
            await host.DoAsync(one => one.Storage.Put($"k{value % 7}", new string((char)('a' + (value % 26)), value * 40)));
        }
        Assert.Equal(60, host.Commits.Count);
        await Dump.AssertHistoryMakesDatabaseAsync(host.Host, host.One);
    }

    [Fact]
    public async Task A_reader_in_the_way_of_checkpoints_and_of_the_next_activation_does_not_spoil_the_history()
    {
        await using ScriptedHost host = new(new ObjectRuntimeOptions { CheckpointBytes = 4_096 });
        await host.DoAsync(one => one.Storage.Put("k", 0));
        using (SqliteDatabase reader = SqliteDatabase.OpenForReading(host.Host.DatabaseOf(host.One)))
        {
            reader.Execute("BEGIN");
            reader.Execute("SELECT count(*) FROM sqlite_master");
            for (int i = 1; i < 30; i++)
            {
                int value = i;
                await host.DoAsync(one => one.Storage.Put("k", value));
                if (i % 10 == 0)
                {
                    await host.Host.HibernateAllAsync();
                }
            }
            reader.Execute("COMMIT");
        }
        await host.DoAsync(one => Assert.Equal(29, one.Storage.Get("k", 0)));
        await host.DoAsync(one => one.Storage.Put("k", 30));
        await Dump.AssertHistoryMakesDatabaseAsync(host.Host, host.One);
    }

    [Fact]
    public async Task The_page_that_SQLite_never_writes_is_not_missed_in_a_database_of_over_a_gibibyte()
    {
        // sqlite.org/fileformat2.html, "The Lock-Byte Page": the one at 1 GiB. All others are here, as runs of zeros.
        const uint LockPage = (1 << 30) / PageSet.PageBytes + 1;
        byte[] content = new byte[9 + (int)LockPage * 8];
        content[0] = 1;
        BitConverter.TryWriteBytes(content.AsSpan(1), LockPage + 1);
        BitConverter.TryWriteBytes(content.AsSpan(5), LockPage);
        for (int i = 0; i < (int)LockPage; i++)
        {
            uint number = (uint)i + 1;
            BitConverter.TryWriteBytes(content.AsSpan(9 + i * 8), number < LockPage ? number : number + 1);
            BitConverter.TryWriteBytes(content.AsSpan(9 + i * 8 + 6), (ushort)PageSet.PageBytes);
        }
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.sqlite");
        await DatabaseFile.RebuildAsync(path, History(content), CancellationToken.None);
        Assert.Equal((long)(LockPage + 1) * PageSet.PageBytes, new FileInfo(path).Length);
        DatabaseFile.Delete(path);
    }

    [Fact]
    public async Task A_history_with_a_gap_is_refused()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        await _host.DoAsync(one => one.Storage.Put("k", 2));
        string path = _host.Host.DatabaseOf(_host.One) + ".partial";
        await Assert.ThrowsAsync<InvalidDataException>(
            () => DatabaseFile.RebuildAsync(path, History(_host.Commits[1].Pages), CancellationToken.None));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_rebuild_reads_no_further_back_than_the_newest_whole_commit()
    {
        const int HistoryBytes = 64 * 1_024;
        await using ScriptedHost host = new(new ObjectRuntimeOptions { HistoryBytes = HistoryBytes });
        await host.DoAsync(one => one.Sql.Exec("CREATE TABLE seldom(a)"));
        for (int i = 0; i < 400; i++)
        {
            await host.DoAsync(one => one.Storage.Put("k", new string((char)('a' + i % 26), 600)));
            if (i == 200)
            {
                await host.Host.HibernateAllAsync();
            }
        }

        // What is due is known again after hibernation, and one commit more than the bound may be in it.
        Assert.InRange(host.Summary.HistoryBytes, 1, HistoryBytes + 32 * 1_024);
        int read = 0;
        string path = host.Host.DatabaseOf(host.One) + ".rebuilt";
        await DatabaseFile.RebuildAsync(
            path,
            History(host.Commits.Reverse().Select(commit =>
            {
                read += commit.Pages.Length;
                return commit.Pages;
            })),
            CancellationToken.None);
        DatabaseFile.Delete(path);
        Assert.Equal(host.Summary.HistoryBytes, read);
        Assert.True(host.Commits.Count(commit => commit.Pages.Length > Whole) >= 3);
        await Dump.AssertHistoryMakesDatabaseAsync(host.Host, host.One);
    }

    [Fact]
    public async Task Large_databases_are_not_made_whole_and_a_reader_in_the_way_only_delays_it()
    {
        await using ScriptedHost host = new(new ObjectRuntimeOptions { HistoryBytes = 0, MaxWholeBytes = 64 * 1_024 });
        await host.DoAsync(one => one.Storage.Put("k", 0));
        using (SqliteDatabase reader = SqliteDatabase.OpenForReading(host.Host.DatabaseOf(host.One)))
        {
            reader.Execute("BEGIN");
            reader.Execute("SELECT count(*) FROM sqlite_master");
            for (int i = 0; i < 200; i++)
            {
                int value = i;
                await host.DoAsync(one => one.Storage.Put("k", new string((char)('a' + value % 26), 500)));
            }
            Assert.Single(host.Commits, commit => commit.Pages.Length > Whole);
            reader.Execute("COMMIT");
        }
        await host.DoAsync(one => one.Storage.Put("k", 1));
        Assert.Equal(2, host.Commits.Count(commit => commit.Pages.Length > Whole));

        await host.DoAsync(one => one.Storage.Put("large", new string('x', 100_000)));
        int commits = host.Commits.Count;
        for (int i = 0; i < 200; i++)
        {
            int value = i;
            await host.DoAsync(one => one.Storage.Put("k", new string((char)('a' + value % 26), 500)));
        }
        Assert.DoesNotContain(host.Commits.Skip(commits), commit => commit.Pages.Length > Whole);
        await Dump.AssertHistoryMakesDatabaseAsync(host.Host, host.One);
    }

    [Fact]
    public async Task Heads_are_numbered_and_chained()
    {
        for (int i = 0; i < 3; i++)
        {
            await _host.DoAsync(one => one.Storage.Put("k", one.Storage.Get("k", 0) + 1));
        }
        Assert.Equal([1L, 2L, 3L], _host.Commits.Select(commit => commit.Head.Commit));
        Head head = Head.None;
        foreach (Commit commit in _host.Commits)
        {
            Assert.Equal(head, commit.Previous);
            Assert.Equal(PageSet.Chain(head.Hash, commit.Pages.Span), commit.Head.Hash);
            head = commit.Head;
        }
    }

    [Theory]
    [InlineData(256 * 1_024)]
    [InlineData(0)]
    public void Random_turns_rebuilt_at_any_head_hold_what_a_simple_model_says(long historyBytes)
    {
        static Step PutOf(int key, int length) => new(StepKind.Put, key, length);
        static Step InsertOf(int key, int length) => new(StepKind.Insert, key, length);
        Gen<Step> step = Gen.Frequency(
            (6, from key in Gen.Choose(0, 20) from length in Gen.Elements(0, 1, 30, 900, 5_000) select PutOf(key, length)),
            (2, from key in Gen.Choose(0, 20) select new Step(StepKind.Delete, key, 0)),
            (4, from key in Gen.Choose(0, 40) from length in Gen.Elements(1, 50, 1_500) select InsertOf(key, length)),
            (2, from key in Gen.Choose(1, 40) select new Step(StepKind.DeleteRows, key, 0)),
            (1, from key in Gen.Choose(0, 20) select new Step(StepKind.RolledBack, key, 2_000)),
            (1, Gen.Constant(new Step(StepKind.ReplaceTable, 0, 0))));
        Gen<RandomTurn> turn =
            from steps in Gen.ListOf(step)
            from fails in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
            from hibernates in Gen.Frequency((5, Gen.Constant(false)), (1, Gen.Constant(true)))
            select new RandomTurn([.. steps], fails, hibernates);
        Config config = Config.QuickThrowOnFailure.WithMaxTest(25).WithStartSize(4).WithEndSize(25).WithReplay(20_300_101, 7);
        Check.One(config, Prop.ForAll(
            Gen.ListOf(turn).ToArbitrary(), turns => RunAsync([.. turns], historyBytes).GetAwaiter().GetResult()));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private static async Task<bool> RunAsync(IReadOnlyList<RandomTurn> turns, long historyBytes)
    {
        await using ScriptedHost host = new(new ObjectRuntimeOptions { CheckpointBytes = 20_000, HistoryBytes = historyBytes });
        Reference now = new();
        Dictionary<long, Reference> at = [];
        await host.DoAsync(one =>
        {
            one.Storage.Put("start", "");
            one.Sql.Exec("CREATE TABLE t(k, v)");
        });
        at[1] = now.Copy();
        foreach (RandomTurn turn in turns)
        {
            Reference next = now.Copy();
            Answer answer = await host.TryAsync(one =>
            {
                foreach (Step step in turn.Steps)
                {
                    Apply(step, one, next);
                }
                if (turn.Fails)
                {
                    throw new FormatException();
                }
            });
            Assert.Equal(turn.Fails ? ErrorCodes.HandlerFailed : null,
                answer.Error is { } error ? error.Code + (turn.Fails ? "" : error.Detail) : null);
            now = turn.Fails ? now : next;
            at[host.Summary.Head.Commit] = now.Copy();
            if (turn.Hibernates)
            {
                await host.Host.HibernateAllAsync(rebuild: true);
            }
        }
        foreach ((long commit, Reference expected) in at)
        {
            string path = host.Host.DatabaseOf(host.One) + ".at";
            await host.Host.RebuildAsync(host.One, commit, path);
            Assert.Equal(expected.ToString(), Reference.Read(path).ToString());
            Assert.Equal("ok", Dump.IntegrityOf(path));
        }
        await Dump.AssertHistoryMakesDatabaseAsync(host.Host, host.One);
        return true;
    }

    private static IAsyncEnumerable<HistoricPages> History(params IEnumerable<ReadOnlyMemory<byte>> newestFirst) =>
        newestFirst.Select(pages => new HistoricPages(1, pages)).ToAsyncEnumerable();

    private static void Apply(Step step, ScriptedObject one, Reference reference)
    {
        string value = new((char)('a' + (step.Key % 26)), step.Length);
        switch (step.Kind)
        {
            case StepKind.Put:
                one.Storage.Put($"k{step.Key}", value);
                reference.Keys[$"k{step.Key}"] = value;
                break;
            case StepKind.Delete:
                Assert.Equal(reference.Keys.Remove($"k{step.Key}"), one.Storage.Delete($"k{step.Key}"));
                break;
            case StepKind.Insert:
                one.Sql.Exec("INSERT INTO t VALUES (?, ?)", step.Key, value);
                reference.Rows.Add((step.Key, value));
                break;
            case StepKind.DeleteRows:
                long written = one.Sql.Exec("DELETE FROM t WHERE k % ? = 0", step.Key).RowsWritten;
                Assert.Equal(reference.Rows.RemoveAll(row => row.Key % step.Key == 0), written);
                break;
            case StepKind.RolledBack:
                Assert.Throws<FormatException>(() => one.Storage.Transaction(() =>
                {
                    one.Storage.Put($"k{step.Key}", value);
                    one.Sql.Exec("INSERT INTO t SELECT k, v || v FROM t");
                    throw new FormatException();
                }));
                break;
            case StepKind.ReplaceTable:
                one.Sql.Exec("CREATE TABLE other AS SELECT * FROM t; DROP TABLE t; ALTER TABLE other RENAME TO t");
                break;
        }
    }

    private enum StepKind
    {
        Put,
        Delete,
        Insert,
        DeleteRows,
        RolledBack,
        ReplaceTable,
    }

    private sealed record Step(StepKind Kind, int Key, int Length);

    private sealed record RandomTurn(IReadOnlyList<Step> Steps, bool Fails, bool Hibernates);

    private sealed class Reference
    {
        public SortedDictionary<string, string> Keys { get; init; } = new(StringComparer.Ordinal) { ["start"] = "" };

        public List<(int Key, string Value)> Rows { get; init; } = [];

        public static Reference Read(string path)
        {
            using SqliteDatabase database = SqliteDatabase.OpenPlain(path);
            Reference found = new();
            new KeyValueTable(database).List([], null, false, -1, (key, statement) =>
                found.Keys[key] = StoredValue.Decode<string>(statement, 1, key)!);
            using StatementUse use = database.Use("SELECT k, v FROM t", out SqliteStatement rows);
            while (rows.Step())
            {
                found.Rows.Add((rows.Int32(0), rows.Text(1)));
            }
            return found;
        }

        public Reference Copy() =>
            new() { Keys = new SortedDictionary<string, string>(Keys, StringComparer.Ordinal), Rows = [.. Rows] };

        public override string ToString() => string.Join("\n", Keys.Select(pair => $"{pair.Key}={pair.Value}")
            .Concat(Rows.Order().Select(row => $"{row.Key}: {row.Value}")));
    }
}
