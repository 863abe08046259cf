using DurableObjects.Harness;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Storage;

/// <summary>A turn commits whole or leaves nothing, and so does a transaction within it.</summary>
public sealed class TransactionTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    /// <summary>Every kind of write and effect, by name.</summary>
    public static TheoryData<string> Changes => [.. Kinds.Keys];

    private static Dictionary<string, Action<ScriptedObject>> Kinds { get; } = new()
    {
        ["put"] = one => one.Storage.Put("k", "changed"),
        ["delete"] = one => one.Storage.Delete("k"),
        ["insert"] = one => one.Sql.Exec("INSERT INTO t VALUES (2)"),
        ["update"] = one => one.Sql.Exec("UPDATE t SET a = 9"),
        ["delete rows"] = one => one.Sql.Exec("DELETE FROM t"),
        ["create"] = one => one.Sql.Exec("CREATE TABLE u(a)"),
        ["drop"] = one => one.Sql.Exec("DROP TABLE t"),
        ["analyze"] = one => one.Sql.Exec("ANALYZE"),
        ["set alarm"] = one => one.Storage.SetAlarm(TimeSpan.FromMinutes(1)),
        ["delete alarm"] = one => one.Storage.DeleteAlarm(),
        ["delete all"] = one => one.Storage.DeleteAll(),
        ["signal"] = one => one.Context.Objects.Signal<IScripted>("other", other => other.Note("hi")),
        ["send"] = one => one.Context.Sockets.Send("message", "hi"),
        ["send to one"] = one => one.Context.Sockets.List()[0].Send("message", "hi"),
        ["tags"] = one => one.Context.Sockets.List()[0].SetTags("new"),
        ["attachment"] = one => one.Context.Sockets.List()[0].SetAttachment("new"),
        ["close"] = one => one.Context.Sockets.List()[0].Close(),
        ["auto response"] = one => one.Context.Sockets.SetAutoResponse("ping", "other"),
        ["remove auto response"] = one => one.Context.Sockets.RemoveAutoResponse(),
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_turn_that_throws_leaves_nothing_of(string change)
    {
        (TestSocket socket, string before, ObjectSummary summary) = await PrepareAsync();

        Failure error = await _host.FailAsync(one =>
        {
            one.Field = 1;
            Kinds[change](one);
            throw new FormatException("on purpose");
        });

        Assert.Equal((500, ErrorCodes.HandlerFailed), (error.Status, error.Code));
        Assert.Contains("on purpose", error.Detail, StringComparison.Ordinal);
        Assert.Equal(0, await _host.GetAsync(one => one.Field));
        await AssertUnchangedAsync(socket, before, summary);
        Assert.Equal(summary.Head, _host.Summary.Head);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_nested_transaction_that_throws_leaves_nothing_of(string change)
    {
        (TestSocket socket, string before, ObjectSummary summary) = await PrepareAsync();

        await _host.DoAsync(one => Assert.Throws<FormatException>(() => one.Storage.Transaction(() =>
        {
            Kinds[change](one);
            throw new FormatException();
        })));

        await AssertUnchangedAsync(socket, before, summary);
        Assert.Equal(summary.Head, _host.Summary.Head);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_turn_that_succeeds_commits_or_sends(string change)
    {
        (TestSocket socket, string before, ObjectSummary summary) = await PrepareAsync();

        await _host.DoAsync(one => one.Storage.Transaction(() => one.Storage.Transaction(() => Kinds[change](one))));

        await _host.Host.HibernateAllAsync();
        bool isSame = before == Dump.Of(_host.Host.DatabaseOf(_host.One)) && socket.Received.Count == 0 && socket.Closed is null
            && summary == _host.Summary;
        Assert.False(isSame);
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Fact]
    public async Task An_inner_transaction_rolls_back_alone_and_the_outer_one_goes_on()
    {
        await _host.DoAsync(one =>
        {
            one.Storage.Put("outer", 1);
            one.Storage.Transaction(() =>
            {
                one.Storage.Put("middle", 1);
                Assert.Throws<FormatException>(() => one.Storage.Transaction(() =>
                {
                    one.Storage.Put("inner", 1);
                    one.Context.Objects.Signal<IScripted>("other", other => other.Note("inner"));
                    throw new FormatException();
                }));
                one.Context.Objects.Signal<IScripted>("other", other => other.Note("middle"));
            });
        });
        List<string> notes = [];
        _host.Script.OnNote = (_, text) => { notes.Add(text); return Task.CompletedTask; };
        await _host.Host.DrainAsync();

        Assert.Equal(["middle", "outer"], await _host.GetAsync(one => one.Storage.List<int>().Select(pair => pair.Key).ToList()));
    }

    [Fact]
    public async Task A_transaction_returns_what_its_function_does_and_takes_no_asynchronous_one()
    {
        await _host.DoAsync(one =>
        {
            Assert.Equal(5, one.Storage.Transaction(() => 5));
            Assert.Equal(ErrorCodes.InvalidUse, Assert.Throws<DurableObjectException>(
                () => { _ = one.Storage.Transaction(async () => { await Task.Yield(); }); }).Code);
            Assert.Equal(ErrorCodes.InvalidUse, Assert.Throws<DurableObjectException>(
                () => { _ = one.Storage.Transaction(async ValueTask () => { await Task.Yield(); }).AsTask(); }).Code);
            Assert.Equal(ErrorCodes.InvalidUse, Assert.Throws<DurableObjectException>(
                () => { _ = one.Storage.Transaction(() => new ValueTask<int>(1)).AsTask(); }).Code);
        });
    }

    [Theory]
    [InlineData("INSERT OR ROLLBACK INTO t VALUES (1)")]
    [InlineData("INSERT INTO forbidden VALUES (1)")]
    public async Task SQL_that_ends_the_transaction_ends_the_turn_whatever_the_handler_catches(string sql)
    {
        await _host.DoAsync(one => one.Sql.Exec(
            "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1); CREATE TABLE forbidden(a);"
            + "CREATE TRIGGER no BEFORE INSERT ON forbidden BEGIN SELECT RAISE(ROLLBACK, 'no'); END"));
        Failure error = await _host.FailAsync(one =>
        {
            one.Storage.Put("before", 1);
            one.Context.Objects.Signal<IScripted>("other", other => other.Note("hi"));
            Assert.Equal(ErrorCodes.TransactionEnded, Assert.Throws<DurableObjectException>(() => one.Sql.Exec(sql)).Code);
            Assert.Equal(ErrorCodes.TransactionEnded,
                Assert.Throws<DurableObjectException>(() => one.Storage.Put("after", 1)).Code);
            Assert.Equal(ErrorCodes.TransactionEnded,
                Assert.Throws<DurableObjectException>(() => one.Storage.Get<int>("before")).Code);
            Assert.Throws<DurableObjectException>(() => one.Storage.Transaction(() => { }));
        });

        Assert.Equal((500, ErrorCodes.TransactionEnded), (error.Status, error.Code));
        Assert.Single(_host.Commits);
        Assert.Equal(0, _host.Summary.Outbox);
        await _host.DoAsync(one => Assert.Empty(one.Storage.List<int>()));
        await _host.DoAsync(one => one.Storage.Put("later", 1));
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Fact]
    public async Task A_transaction_around_SQL_that_ended_it_ends_the_turn_too()
    {
        await _host.DoAsync(one => one.Sql.Exec("CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1)"));
        Failure error = await _host.FailAsync(one =>
        {
            try
            {
                one.Storage.Transaction(() => { one.Sql.Exec("INSERT OR ROLLBACK INTO t VALUES (1)"); });
            }
            catch (DurableObjectException)
            {
                // On purpose: the handler goes on as if nothing had been.
            }
        });
        Assert.Equal(ErrorCodes.TransactionEnded, error.Code);
    }

    [Fact]
    public async Task DeleteAll_ends_the_object_and_lets_it_begin_anew()
    {
        _host.Script.Migrations = ["CREATE TABLE t(a); INSERT INTO t VALUES ('migrated')"];
        await _host.DoAsync(one =>
        {
            one.Sql.Exec(
                "CREATE TABLE p(id PRIMARY KEY); CREATE TABLE c(p REFERENCES p(id));"
                + "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);"
                + "CREATE VIEW v AS SELECT * FROM t; CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM c; END;"
                + "CREATE VIRTUAL TABLE f USING fts5(a);"
                + "CREATE TABLE auto(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO auto VALUES (5);"
                + "CREATE TABLE \"odd \"\" name\"(a); ANALYZE");
            one.Storage.Put("k", 1);
            one.Storage.SetAlarm(TimeSpan.FromHours(1));
            one.Context.Sockets.SetAutoResponse("ping", "pong");
        });

        Answer answer = await _host.DoAsync(one => one.Storage.DeleteAll());

        Assert.Equal(0, answer.Version);
        Assert.Equal((false, 0L), (_host.Summary.Exists, _host.Summary.Version));
        Assert.Null(_host.Summary.Alarm);
        Assert.Null(_host.Summary.WakeAt);
        Assert.Null(_host.Summary.AutoResponse);
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
        string dump = Dump.Of(_host.Host.DatabaseOf(_host.One));
        Assert.DoesNotContain("odd", dump, StringComparison.Ordinal);
        Assert.DoesNotContain("CREATE TABLE t", dump, StringComparison.Ordinal);

        await _host.DoAsync(one =>
        {
            Assert.Equal("migrated", one.Sql.Exec("SELECT a FROM t").One().Get<string>(0));
            Assert.Empty(one.Storage.List<int>());
            one.Storage.Put("again", 1);
        });
        Assert.True(_host.Summary.Exists);
        Assert.Equal(_host.Summary.Head.Commit, _host.Summary.Version);
    }

    [Fact]
    public async Task What_is_written_after_DeleteAll_in_the_same_turn_stays()
    {
        await _host.DoAsync(one => { one.Storage.Put("old", 1); one.Sql.Exec("CREATE TABLE t(a)"); });
        await _host.DoAsync(one =>
        {
            one.Storage.DeleteAll();
            one.Storage.Put("new", 1);
        });
        Assert.True(_host.Summary.Exists);
        Assert.Equal(["new"], await _host.GetAsync(one => one.Storage.List<int>().Select(pair => pair.Key).ToList()));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private async Task<(TestSocket Socket, string Dump, ObjectSummary Summary)> PrepareAsync()
    {
        TestSocket socket = await _host.Host.ConnectAsync(_host.One);
        await _host.DoAsync(one =>
        {
            one.Storage.Put("k", "first");
            one.Sql.Exec("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
            one.Storage.SetAlarm(TimeSpan.FromHours(1));
            one.Context.Sockets.SetAutoResponse("ping", "pong");
            ObjectSocket known = one.Context.Sockets.List()[0];
            known.SetTags("old");
            known.SetAttachment("old");
        });
        await _host.Host.HibernateAllAsync();
        return (socket, Dump.Of(_host.Host.DatabaseOf(_host.One)), _host.Summary);
    }

    private async Task AssertUnchangedAsync(TestSocket socket, string before, ObjectSummary summary)
    {
        await _host.Host.HibernateAllAsync();
        Assert.Equal(before, Dump.Of(_host.Host.DatabaseOf(_host.One)));
        Assert.Equal(summary, _host.Summary);
        Assert.Empty(socket.Received);
        Assert.Null(socket.Closed);
        Assert.Empty(_host.Host.WaitingSignals);
        Assert.False(_host.Host.SummaryOf(ScriptedHost.Address("other")).Exists);
    }
}
