using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Turns;

public sealed class WakeTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    [Fact]
    public async Task OnWake_ends_before_the_first_turn_after_each_wake_begins()
    {
        List<string> events = [];
        _host.Script.OnWake = async one =>
        {
            events.Add("waking");
            await Task.Yield();
            one.Storage.Put("woken", one.Storage.Get("woken", 0) + 1);
            events.Add("awake");
        };
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => _host.DoAsync(one => events.Add("turn"))));
        await _host.Host.HibernateAllAsync();
        await _host.DoAsync(one => Assert.Equal(2, one.Storage.Get("woken", 0)));
        Assert.Equal(["waking", "awake", "turn", "turn", "turn", "waking", "awake"], events);
    }

    [Fact]
    public async Task If_OnWake_fails_its_turn_fails_and_the_next_one_wakes_again()
    {
        int calls = 0;
        _host.Script.OnWake = one =>
        {
            one.Storage.Put("half", 1);
            return ++calls == 1 ? throw new FormatException("not yet") : Task.CompletedTask;
        };
        Failure error = await _host.FailAsync(_ => Assert.Fail("No turn may run before OnWake has ended."));
        Assert.Contains("not yet", error.Detail, StringComparison.Ordinal);
        Assert.Empty(_host.Commits);
        await _host.DoAsync(_ => { });
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task Migrations_run_once_and_in_order_and_later_ones_on_what_is_there()
    {
        _host.Script.Migrations = ["CREATE TABLE t(a); CREATE INDEX i ON t(a)", "INSERT INTO t VALUES ('second')"];
        await _host.DoAsync(one => one.Sql.Exec("INSERT INTO t VALUES ('turn')"));
        await _host.Host.HibernateAllAsync(rebuild: true);
        await _host.DoAsync(one => Assert.Equal(2, one.Sql.Exec("SELECT count(*) FROM t").One().Get<int>(0)));

        _host.Script.Migrations = [.. _host.Script.Migrations, "ALTER TABLE t ADD COLUMN b DEFAULT 'third'",
            "UPDATE t SET b = b || '!'"];
        await _host.Host.HibernateAllAsync();
        await _host.DoAsync(one => Assert.Equal(
            ["second third!", "turn third!"],
                one.Sql.Exec("SELECT a || ' ' || b FROM t ORDER BY a").Select(row => row.Get<string>(0))));
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Fact]
    public async Task Older_code_runs_on_what_newer_migrations_have_made()
    {
        _host.Script.Migrations = ["CREATE TABLE t(a)", "ALTER TABLE t ADD COLUMN b DEFAULT 'new'"];
        await _host.DoAsync(one => one.Sql.Exec("INSERT INTO t(a) VALUES (1)"));

        _host.Script.Migrations = ["CREATE TABLE t(a)"];
        await _host.Host.HibernateAllAsync(rebuild: true);
        await _host.DoAsync(one => one.Sql.Exec("INSERT INTO t(a) VALUES (2)"));

        await _host.DoAsync(one => Assert.Equal(
            ["1 new", "2 new"], one.Sql.Exec("SELECT a || ' ' || b FROM t ORDER BY a").Select(row => row.Get<string>(0))));
    }

    [Fact]
    public async Task A_failing_migration_leaves_nothing_names_its_number_and_is_tried_again()
    {
        _host.Script.Migrations = ["CREATE TABLE t(a)", "CREATE TABLE u(a); INSERT INTO nowhere VALUES (1)"];
        Failure error = await _host.FailAsync(one => one.Storage.Put("k", 1));
        Assert.Equal((500, ErrorCodes.SqlFailed), (error.Status, error.Code));
        Assert.Contains("Migration 2 of 'scripted'", error.Detail, StringComparison.Ordinal);
        Assert.Empty(_host.Commits);

        _host.Script.Migrations = ["CREATE TABLE t(a)", "CREATE TABLE u(a)"];
        await _host.DoAsync(one => one.Sql.Exec("INSERT INTO u SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_migration_that_the_data_refuse_is_an_accident_of_the_class_and_not_remembered_as_the_objects_answer()
    {
        _host.Script.Migrations = ["CREATE TABLE t(a); INSERT INTO t VALUES (1), (1)"];
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        await _host.Host.HibernateAllAsync();
        CallTurn turn = _host.Turn(one => one.Storage.Put("k", 2)) with { IdempotencyKey = "key" };
        _host.Script.Migrations = [.. _host.Script.Migrations, "CREATE UNIQUE INDEX t_by_a ON t(a)"];
        Failure error = (await _host.Host.RunAsync(_host.One, turn, CancellationToken.None)).Error!;
        Assert.Equal((500, ErrorCodes.SqlConstraint), (error.Status, error.Code));

        _host.Script.Migrations = [_host.Script.Migrations[0], "CREATE INDEX t_by_a ON t(a)"];
        Answer answer = await _host.Host.RunAsync(_host.One, turn, CancellationToken.None);
        Assert.Null(answer.Error);
        Assert.False(answer.Replayed);
    }

    [Fact]
    public async Task A_turn_that_fails_takes_its_migrations_back_with_it()
    {
        _host.Script.Migrations = ["CREATE TABLE t(a)"];
        await _host.FailAsync(_ => throw new FormatException());
        await _host.DoAsync(one => one.Sql.Exec("INSERT INTO t VALUES (1)"));
        Assert.Single(_host.Commits);
    }

    [Fact]
    public async Task To_read_an_object_that_never_was_does_not_make_it_exist()
    {
        _host.Script.Migrations = ["CREATE TABLE t(a)"];
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(0, await _host.ReadAsync(one => one.Sql.Exec("SELECT count(*) FROM t").One().Get<int>(0)));
            Assert.Equal(0, await _host.GetAsync(one => one.Sql.Exec("SELECT count(*) FROM t").One().Get<int>(0)));
        }
        Assert.Empty(_host.Commits);
        Assert.Equal(ObjectSummary.None, _host.Summary);
        Assert.Null(await _host.Host.FindAsync(_host.One, CancellationToken.None));
    }

    [Fact]
    public async Task An_instance_is_disposed_when_it_hibernates()
    {
        await _host.DoAsync(one => { one.Field = 1; });
        int disposed = 0;
        _host.Script.OnDispose = _ => disposed++;
        await _host.Host.HibernateAllAsync();
        Assert.Equal(1, disposed);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();
}
