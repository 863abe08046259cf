using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Storage;

public sealed class SqlAuthorizerTests : IAsyncLifetime
{
    private const string Tables =
        "CREATE TABLE mine(id INTEGER PRIMARY KEY AUTOINCREMENT, a, b); CREATE TABLE other(a UNIQUE);"
        + "INSERT INTO mine(a, b) VALUES (1, 'x'), (2, 'y'); INSERT INTO other VALUES (1)";

    private readonly ScriptedHost _host = new();

    [Theory]
    [InlineData("SELECT * FROM _do_kv")]
    [InlineData("SELECT value FROM main._DO_KV")]
    [InlineData("SELECT * FROM mine JOIN _do_meta ON mine.a = _do_meta.key")]
    [InlineData("SELECT a FROM mine WHERE a IN (SELECT number FROM _do_seen)")]
    [InlineData("SELECT count(*) FROM \"_do_answer\"")]
    [InlineData("WITH stolen AS (SELECT * FROM _do_outbox) SELECT * FROM stolen")]
    [InlineData("INSERT INTO _do_kv VALUES (x'00', 1)")]
    [InlineData("INSERT INTO mine(a) SELECT key FROM _do_kv")]
    [InlineData("REPLACE INTO _do_alarm VALUES (1, 0, 0, 0)")]
    [InlineData("UPDATE _do_meta SET value = 0")]
    [InlineData("DELETE FROM _do_outbox")]
    [InlineData("DROP TABLE _do_seen")]
    [InlineData("DROP INDEX _do_inbox_due")]
    [InlineData("ALTER TABLE _do_kv RENAME TO stolen")]
    [InlineData("ALTER TABLE _do_kv ADD COLUMN x")]
    [InlineData("ALTER TABLE _do_kv RENAME COLUMN value TO x")]
    [InlineData("ALTER TABLE _do_inbox DROP COLUMN error")]
    [InlineData("CREATE INDEX i ON _do_kv(value)")]
    [InlineData("CREATE INDEX _do_i ON mine(a)")]
    [InlineData("CREATE TABLE _do_new(a)")]
    [InlineData("CREATE TABLE _Do_New(a)")]
    [InlineData("CREATE TABLE copy AS SELECT * FROM _do_kv")]
    [InlineData("ALTER TABLE mine RENAME TO _do_mine")]
    [InlineData("CREATE VIEW v AS SELECT * FROM _do_kv; SELECT * FROM v")]
    [InlineData("CREATE VIEW _do_v AS SELECT 1")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON mine BEGIN DELETE FROM _do_kv; END; INSERT INTO mine(a) VALUES (9)")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON _do_kv BEGIN DELETE FROM mine; END")]
    [InlineData("CREATE TRIGGER _do_t AFTER INSERT ON mine BEGIN DELETE FROM other; END")]
    [InlineData("CREATE TABLE child(k REFERENCES _do_kv(key)); INSERT INTO child VALUES (x'00')")]
    [InlineData("CREATE TABLE child(k REFERENCES _do_kv(value))")]
    [InlineData("CREATE TABLE child(k, FOREIGN KEY (k) REFERENCES _Do_Outbox(method))")]
    [InlineData("ALTER TABLE mine ADD COLUMN k REFERENCES _do_alarm(due)")]
    [InlineData("CREATE VIRTUAL TABLE _do USING fts5(a)")]
    [InlineData("CREATE VIRTUAL TABLE f USING fts5(key, content='_do_kv', content_rowid='key'); SELECT * FROM f")]
    [InlineData("CREATE VIRTUAL TABLE f USING fts5(a); ALTER TABLE f RENAME TO _do")]
    [InlineData("ATTACH DATABASE ':memory:' AS x")]
    [InlineData("ATTACH DATABASE '/etc/passwd' AS x")]
    [InlineData("DETACH DATABASE main")]
    [InlineData("VACUUM")]
    [InlineData("VACUUM INTO '/tmp/stolen.sqlite'")]
    [InlineData("CREATE TEMP TABLE t(a)")]
    [InlineData("CREATE TABLE temp.t(a)")]
    [InlineData("CREATE TEMP VIEW v AS SELECT 1")]
    [InlineData("CREATE TEMP TRIGGER t AFTER INSERT ON mine BEGIN DELETE FROM other; END")]
    [InlineData("CREATE TABLE t(a); ALTER TABLE t RENAME TO u; UPDATE sqlite_temp_master SET sql = ''")]
    [InlineData("SAVEPOINT s")]
    [InlineData("RELEASE _do_1")]
    [InlineData("ROLLBACK TO _do_1")]
    [InlineData("BEGIN")]
    [InlineData("BEGIN IMMEDIATE")]
    [InlineData("COMMIT")]
    [InlineData("END")]
    [InlineData("ROLLBACK")]
    [InlineData("/* */ ; COMMIT")]
    [InlineData("INSERT INTO mine(a) VALUES (1); COMMIT")]
    [InlineData("PRAGMA journal_mode = DELETE")]
    [InlineData("PRAGMA journal_mode")]
    [InlineData("PRAGMA main.synchronous = 2")]
    [InlineData("PRAGMA writable_schema = ON")]
    [InlineData("PRAGMA foreign_keys = OFF")]
    [InlineData("PRAGMA query_only = ON")]
    [InlineData("PRAGMA max_page_count = 5000000")]
    [InlineData("PRAGMA wal_checkpoint(TRUNCATE)")]
    [InlineData("PRAGMA wal_autocheckpoint = 1")]
    [InlineData("PRAGMA cache_size = 1")]
    [InlineData("PRAGMA user_version = 3")]
    [InlineData("PRAGMA schema_version = 3")]
    [InlineData("PRAGMA temp_store_directory = '/tmp'")]
    [InlineData("PRAGMA database_list")]
    [InlineData("PRAGMA page_size = 4096")]
    [InlineData("PRAGMA locking_mode = EXCLUSIVE")]
    [InlineData("PRAGMA trusted_schema = ON")]
    [InlineData("PRAGMA no_such_pragma")]
    [InlineData("PRAGMA temp.table_info(mine)")]
    [InlineData("SELECT * FROM pragma_database_list")]
    [InlineData("SELECT * FROM pragma_user_version")]
    [InlineData("INSERT INTO sqlite_master VALUES ('table', 't', 't', 2, 'CREATE TABLE t(a)')")]
    [InlineData("UPDATE sqlite_master SET sql = 'CREATE TABLE mine(z)'")]
    [InlineData("DELETE FROM sqlite_schema")]
    [InlineData("UPDATE sqlite_sequence SET seq = 0")]
    [InlineData("DELETE FROM sqlite_sequence WHERE name = '_do_outbox'")]
    [InlineData("INSERT INTO sqlite_sequence VALUES ('_do_inbox', 9223372036854775807)")]
    [InlineData("SELECT load_extension('evil')")]
    [InlineData("SELECT fts3_tokenizer('simple')")]
    [InlineData("CREATE VIRTUAL TABLE c USING csv('/etc/passwd')")]
    [InlineData("CREATE VIRTUAL TABLE d USING dbstat(main)")]
    [InlineData("SELECT * FROM sqlite_dbpage")]
    [InlineData("SELECT * FROM dbstat")]
    [InlineData("CREATE VIRTUAL TABLE v USING fts5vocab('temp', 'f', 'row')")]
    [InlineData("EXPLAIN SELECT * FROM _do_kv")]
    public async Task SQL_that_reaches_past_the_objects_own_tables_is_refused_and_leaves_nothing(string sql)
    {
        await _host.DoAsync(one => { one.Storage.Put("secret", 1); one.Sql.Exec(Tables); });

        Failure error = await _host.FailAsync(one => { _ = one.Sql.Exec(sql).ToList(); });

        Assert.True(error.Code is ErrorCodes.SqlFailed, $"{error.Code}: {error.Detail}");
        Assert.Single(_host.Commits);
        await _host.DoAsync(one =>
        {
            Assert.Equal(1, one.Storage.Get("secret", 0));
            Assert.Equal(2, one.Sql.Exec("SELECT count(*) FROM mine").One().Get<int>(0));
            one.Sql.Exec("INSERT INTO mine(a) VALUES (3)");
        });
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Theory]
    [InlineData("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n", 15L)]
    [InlineData("SELECT sum(a) OVER (ORDER BY id) FROM mine ORDER BY id DESC LIMIT 1", 3L)]
    [InlineData("SELECT json_extract('{\"a\":[1,2]}', '$.a[1]')", 2L)]
    [InlineData("SELECT count(*) FROM json_each('[1,2,3]')", 3L)]
    [InlineData(
        "CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('the fox'), ('the dog'); "
        + "SELECT count(*) FROM f WHERE f MATCH 'fox'", 1L)]
    [InlineData(
        "CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('the fox'); "
        + "INSERT INTO f(f) VALUES ('optimize'); CREATE VIRTUAL TABLE v USING fts5vocab('f', 'row'); "
        + "SELECT count(*) FROM v", 2L)]
    [InlineData("CREATE VIRTUAL TABLE f USING fts5(a); ALTER TABLE f RENAME TO g; DROP TABLE g; SELECT 7", 7L)]
    [InlineData(
        "CREATE VIRTUAL TABLE f USING fts5(b, content='mine', content_rowid='id'); "
        + "INSERT INTO f(f) VALUES ('rebuild'); SELECT rowid FROM f('y')", 2L)]
    [InlineData(
        "CREATE VIRTUAL TABLE r USING rtree(id, low, high); INSERT INTO r VALUES (1, 0, 5); "
        + "SELECT id FROM r WHERE high > 4", 1L)]
    [InlineData("INSERT INTO other VALUES (1) ON CONFLICT(a) DO UPDATE SET a = 5; SELECT a FROM other", 5L)]
    [InlineData("INSERT INTO mine(a) VALUES (7) RETURNING id", 3L)]
    [InlineData("UPDATE mine SET a = a + 1 WHERE id = 1 RETURNING a", 2L)]
    [InlineData("UPDATE mine SET a = other.a + 10 FROM other WHERE mine.a = other.a RETURNING mine.a", 11L)]
    [InlineData(
        "CREATE TRIGGER t AFTER INSERT ON mine BEGIN UPDATE other SET a = new.a; END; "
        + "INSERT INTO mine(a) VALUES (8); SELECT a FROM other", 8L)]
    [InlineData("CREATE VIEW v AS SELECT a * 2 AS twice FROM mine; SELECT max(twice) FROM v", 4L)]
    [InlineData("CREATE VIEW v AS SELECT a FROM mine; ALTER TABLE mine RENAME TO yours; SELECT max(a) FROM v", 2L)]
    [InlineData("ALTER TABLE mine ADD COLUMN c DEFAULT 4; SELECT c FROM mine LIMIT 1", 4L)]
    [InlineData("ALTER TABLE mine RENAME COLUMN a TO aa; SELECT max(aa) FROM mine", 2L)]
    [InlineData("ALTER TABLE mine RENAME TO yours; INSERT INTO yours(a) VALUES (1) RETURNING id", 3L)]
    [InlineData("ALTER TABLE mine DROP COLUMN b; SELECT max(a) FROM mine", 2L)]
    [InlineData(
        "DROP TABLE mine; CREATE TABLE mine(id INTEGER PRIMARY KEY AUTOINCREMENT, a); "
        + "INSERT INTO mine(a) VALUES (1) RETURNING id", 1L)]
    [InlineData(
        "CREATE UNIQUE INDEX i ON mine(a) WHERE b IS NOT NULL; REINDEX i; ANALYZE; DROP INDEX i; "
        + "SELECT max(a) FROM mine", 2L)]
    [InlineData("SELECT max(seq) FROM sqlite_sequence WHERE name = 'mine'", 2L)]
    [InlineData("SELECT count(*) FROM sqlite_master WHERE name = 'mine'", 1L)]
    [InlineData("PRAGMA page_count", null)]
    [InlineData("PRAGMA table_info(mine)", 0L)]
    [InlineData("SELECT count(*) FROM pragma_table_info('mine')", 3L)]
    [InlineData("PRAGMA defer_foreign_keys = ON; SELECT 3", 3L)]
    [InlineData("SELECT count(*) FROM pragma_foreign_key_check('mine')", 0L)]
    [InlineData("CREATE TABLE _doc(a); INSERT INTO _doc VALUES (6); SELECT a FROM _doc", 6L)]
    [InlineData("INSERT OR REPLACE INTO other VALUES (1); SELECT count(*) FROM other", 1L)]
    [InlineData("EXPLAIN QUERY PLAN SELECT * FROM mine", null)]
    [InlineData("VALUES (1), (2)", 1L)]
    public async Task SQL_on_the_objects_own_tables_is_allowed_and_its_history_holds(string sql, long? first)
    {
        await _host.DoAsync(one => one.Sql.Exec(Tables));

        SqlRow row = await _host.GetAsync(one => one.Sql.Exec(sql).First());
        if (first is { } expected)
        {
            Assert.Equal(expected, row.Get<long>(0));
        }

        await _host.DoAsync(one => one.Storage.Put("after", 1));
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Fact]
    public async Task The_refusal_says_what_is_not_allowed()
    {
        Assert.Contains("'_do_kv' is the runtime's", (await _host.FailAsync(one => one.Sql.Exec("SELECT * FROM _do_kv"))).Detail,
            StringComparison.Ordinal);
        Assert.Contains("pragma 'journal_mode'", (await _host.FailAsync(one => one.Sql.Exec("PRAGMA journal_mode"))).Detail,
            StringComparison.Ordinal);
        Assert.Contains("Storage.Transaction", (await _host.FailAsync(one => one.Sql.Exec("BEGIN"))).Detail,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_name_is_not_saved_by_catching_the_error()
    {
        Failure error = await _host.FailAsync(one =>
        {
            one.Sql.Exec("CREATE TABLE mine(a)");
            Assert.Throws<DurableObjectException>(() => one.Sql.Exec("ALTER TABLE mine RENAME TO _do_mine"));
        });
        Assert.Contains("_do_", error.Detail, StringComparison.Ordinal);
        Assert.Empty(_host.Commits);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();
}
