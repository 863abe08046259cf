using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Storage;

public sealed class SqlTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    private enum Color
    {
        Red,
        Green,
    }

    [Fact]
    public async Task Several_statements_in_one_text_run_in_order_and_the_last_takes_the_arguments()
    {
        long count = await _host.GetAsync(one =>
        {
            one.Sql.Exec(
                "CREATE TABLE t(a, b); CREATE INDEX i ON t(a); INSERT INTO t VALUES (1, 2); -- the end\n"
                + " INSERT INTO t VALUES (?, ?) /* really */ ; ", 3, 4);
            return one.Sql.Exec("SELECT count(*) AS n FROM t WHERE b IN (2, 4)").One().Get<long>("n");
        });

        Assert.Equal(2, count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ;; -- nothing\n /* at all */ ")]
    public async Task A_text_without_a_statement_is_refused(string sql)
    {
        Assert.Equal(ErrorCodes.InvalidArgument, (await _host.FailAsync(one => one.Sql.Exec(sql))).Code);
    }

    [Fact]
    public async Task Values_of_every_type_go_in_and_come_out()
    {
        DateTimeOffset time = new(2030, 5, 6, 7, 8, 9, 123, TimeSpan.FromHours(2));
        Guid guid = Guid.NewGuid();
        await _host.DoAsync(one =>
        {
            one.Sql.Exec("CREATE TABLE t(a, b, c, d, e, f, g, h, i)");
            one.Sql.Exec(
                "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                long.MinValue, 1.5, "Grüße 𝄞 \0 end", new byte[] { 1, 0, 2 }, true, time, guid, 12.340m, Color.Green);
        });

        await _host.DoAsync(one =>
        {
            SqlRow row = one.Sql.Exec("SELECT * FROM t").One();
            Assert.Equal(long.MinValue, row.Get<long>("a"));
            Assert.Equal(1.5, row.Get<double>("b"));
            Assert.Equal("Grüße 𝄞 \0 end", row.Get<string>("c"));
            Assert.Equal([1, 0, 2], row.Get<byte[]>("d"));
            Assert.True(row.Get<bool>("e"));
            Assert.Equal(time, row.Get<DateTimeOffset>("f"));
            Assert.Equal(guid, row.Get<Guid>("g"));
            Assert.Equal(12.340m, row.Get<decimal>("h"));
            Assert.Equal(Color.Green, row.Get<Color>("i"));
        });
    }

    [Fact]
    public async Task An_empty_text_and_an_empty_blob_are_not_null()
    {
        await _host.DoAsync(one =>
        {
            SqlRow row = one.Sql.Exec("SELECT ? IS NULL AS text, ? IS NULL AS blob, typeof(?) AS type", "", Array.Empty<byte>(),
                Array.Empty<byte>()).One();
            Assert.False(row.Get<bool>("text"));
            Assert.False(row.Get<bool>("blob"));
            Assert.Equal("blob", row.Get<string>("type"));
        });
    }

    [Fact]
    public async Task Rows_become_records_by_the_names_of_their_columns()
    {
        await _host.DoAsync(one =>
        {
            one.Sql.Exec("CREATE TABLE t(user_name TEXT, age INTEGER); INSERT INTO t VALUES ('ada', 36), ('bob', NULL)");
            Assert.Equal([new Person("ada", 36), new Person("bob", null)],
                one.Sql.Exec("SELECT age, user_name FROM t").As<Person>());
            Assert.Contains("'Age'", Assert.Throws<DurableObjectException>(
                () => one.Sql.Exec("SELECT user_name FROM t").As<Person>().ToList()).Message, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public async Task One_wants_exactly_one_row()
    {
        await _host.DoAsync(one =>
        {
            Assert.Contains("no row",
                Assert.Throws<DurableObjectException>(() => one.Sql.Exec("SELECT 1 WHERE 0").One()).Message,
                StringComparison.Ordinal);
            Assert.Contains("more than one",
                Assert.Throws<DurableObjectException>(() => one.Sql.Exec("SELECT 1 UNION SELECT 2").One()).Message,
                StringComparison.Ordinal);
            Assert.Null(one.Sql.Exec("SELECT 1 WHERE 0").FirstOrDefault());
        });
    }

    [Fact]
    public async Task A_count_of_arguments_other_than_the_parameters_is_refused()
    {
        Failure error = await _host.FailAsync(one => one.Sql.Exec("SELECT ?, ?", 1));
        Assert.Equal(ErrorCodes.InvalidArgument, error.Code);
        Assert.Contains("2 parameters and was given 1", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_constraint_is_a_conflict_and_can_be_caught()
    {
        Failure error = await _host.FailAsync(one => one.Sql.Exec("CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1), (1)"));
        Assert.Equal((409, ErrorCodes.SqlConstraint), (error.Status, error.Code));

        await _host.DoAsync(one =>
        {
            one.Sql.Exec("CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1)");
            Assert.Throws<DurableObjectException>(() => one.Sql.Exec("INSERT INTO t VALUES (2), (1)"));
            one.Sql.Exec("INSERT INTO t VALUES (3)");
        });
        Assert.Equal([1L, 3L],
            await _host.GetAsync(one => one.Sql.Exec("SELECT a FROM t ORDER BY a").Select(row => row.Get<long>(0)).ToList()));
    }

    [Fact]
    public async Task Rows_read_and_written_are_counted()
    {
        await _host.DoAsync(one =>
        {
            one.Sql.Exec(
                "CREATE TABLE t(a); CREATE TABLE log(a);"
                + "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END");
            Assert.Equal(6, one.Sql.Exec("INSERT INTO t VALUES (1), (2), (3)").RowsWritten);
            SqlCursor all = one.Sql.Exec("SELECT * FROM t");
            Assert.Equal(3, all.Count());
            Assert.Equal(3, all.RowsRead);
        });
    }

    [Theory]
    [InlineData("CREATE TABLE t(a PRIMARY KEY)")]
    [InlineData("CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWID")]
    public async Task Deleting_all_rows_of_a_table_counts_them_and_lasts(string table)
    {
        await _host.DoAsync(one => one.Sql.Exec($"{table}; INSERT INTO t VALUES (1), (2), (3)"));

        Assert.Equal(3, await _host.GetAsync(one => one.Sql.Exec("DELETE FROM t").RowsWritten));

        Assert.Equal(0, await _host.GetAsync(one => one.Sql.Exec("SELECT count(*) FROM t").One().Get<long>(0)));
    }

    [Fact]
    public async Task A_statement_seen_before_knows_the_columns_that_a_table_has_now()
    {
        await _host.DoAsync(one =>
        {
            one.Sql.Exec("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
            Assert.Equal(["a"], one.Sql.Exec("SELECT * FROM t").ColumnNames);
            one.Sql.Exec("ALTER TABLE t ADD COLUMN b DEFAULT 2");
            SqlCursor cursor = one.Sql.Exec("SELECT * FROM t");
            Assert.Equal(["a", "b"], cursor.ColumnNames);
            Assert.Equal(2, cursor.One().Get<long>("b"));
        });
    }

    [Fact]
    public async Task Two_cursors_on_the_same_text_do_not_disturb_each_other()
    {
        List<(long, long)> pairs = await _host.GetAsync(one =>
        {
            const string Sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n";
            return (from a in one.Sql.Exec(Sql) from b in one.Sql.Exec(Sql) select (a.Get<long>(0), b.Get<long>(0))).ToList();
        });
        Assert.Equal(9, pairs.Distinct().Count());
    }

    [Fact]
    public async Task Rows_of_RETURNING_come_out_and_need_not_be_read_for_the_rest_to_go_on()
    {
        await _host.DoAsync(one =>
        {
            one.Sql.Exec("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
            Assert.Equal([1L, 2L],
                one.Sql.Exec("INSERT INTO t(a) VALUES ('x'), ('y') RETURNING id").Select(row => row.Get<long>("id")));
            one.Storage.Transaction(() => { one.Sql.Exec("INSERT INTO t(a) VALUES ('z'), ('w') RETURNING id"); });
            one.Sql.Exec("INSERT INTO t(a) VALUES ('unread') RETURNING id");
        });
        Assert.Equal(5, await _host.GetAsync(one => one.Sql.Exec("SELECT count(*) FROM t").One().Get<int>(0)));
    }

    [Fact]
    public async Task A_cursor_goes_on_when_a_nested_transaction_within_its_loop_rolls_back()
    {
        await _host.DoAsync(one => one.Sql.Exec("CREATE TABLE t(a); CREATE TABLE other(a); INSERT INTO t VALUES (1), (2), (3)"));
        Assert.Equal([1, 2, 3], await _host.GetAsync(ReadWhileRollingBack));
    }

    [Fact]
    public async Task A_cursor_that_a_rollback_must_end_says_so_instead_of_ending_early()
    {
        Failure error = await _host.FailAsync(one =>
        {
            one.Sql.Exec("CREATE TABLE t(a); CREATE TABLE other(a); INSERT INTO t VALUES (1), (2), (3)");
            ReadWhileRollingBack(one);
        });
        Assert.Contains("ROLLBACK", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cursor_cannot_be_read_after_DeleteAll_took_its_table()
    {
        await _host.DoAsync(one =>
        {
            one.Sql.Exec("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)");
            IEnumerator<SqlRow> rows = one.Sql.Exec("SELECT a FROM t").GetEnumerator();
            Assert.True(rows.MoveNext());
            one.Storage.DeleteAll();
            Assert.Throws<DurableObjectException>(() => rows.MoveNext());
        });
    }

    [Fact]
    public async Task A_cursor_does_not_survive_its_turn()
    {
        SqlCursor? cursor = null;
        await _host.DoAsync(one => { cursor = one.Sql.Exec("SELECT 1 UNION SELECT 2"); });
        Failure error = await _host.FailAsync(one => { _ = cursor!.ToList(); });
        Assert.Equal(ErrorCodes.InvalidUse, error.Code);
    }

    [Fact]
    public async Task Foreign_keys_are_enforced_and_a_deferred_one_that_is_broken_fails_the_turn_as_a_whole()
    {
        await _host.DoAsync(one => one.Sql.Exec(
            "CREATE TABLE p(id PRIMARY KEY); CREATE TABLE c(p REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)"));
        Failure error = await _host.FailAsync(one =>
        {
            one.Storage.Put("k", 1);
            one.Sql.Exec("INSERT INTO c VALUES (1)");
        });
        Assert.Equal(ErrorCodes.SqlConstraint, error.Code);

        Assert.Equal(0, await _host.GetAsync(one => one.Storage.Get("k", 0)));
        await _host.DoAsync(one => one.Sql.Exec("INSERT INTO c VALUES (1); INSERT INTO p VALUES (1)"));
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Fact]
    public async Task The_database_says_its_size()
    {
        long empty = await _host.GetAsync(one => one.Sql.DatabaseSize);
        await _host.DoAsync(one => one.Storage.Put("k", new byte[100_000]));
        long full = await _host.GetAsync(one => one.Sql.DatabaseSize);
        Assert.InRange(full - empty, 100_000, 110_000);
        Assert.Equal(full, (await _host.InspectAsync()).DatabaseBytes);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private static List<long> ReadWhileRollingBack(ScriptedObject one)
    {
        List<long> seen = [];
        foreach (SqlRow row in one.Sql.Exec("SELECT a FROM t ORDER BY rowid"))
        {
            seen.Add(row.Get<long>(0));
            Assert.Throws<FormatException>(() => one.Storage.Transaction(() =>
            {
                one.Sql.Exec("INSERT INTO other VALUES (1)");
                throw new FormatException();
            }));
        }
        return seen;
    }

    private sealed record Person(string UserName, int? Age);
}
