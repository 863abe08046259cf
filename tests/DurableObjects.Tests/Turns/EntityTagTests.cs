using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Turns;

public sealed class EntityTagTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    [Theory]
    [InlineData("\"12\"", 12L)]
    [InlineData("  \"0\" ", 0L)]
    [InlineData("*", null)]
    public void A_tag_is_read_and_written(string text, long? version)
    {
        Assert.Equal(version, EntityTag.Parse(text).Version);
        Assert.Equal(text.Trim(), EntityTag.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("\"\"")]
    [InlineData("\"")]
    [InlineData("\"abc\"")]
    [InlineData("\"-1\"")]
    [InlineData("W/\"12\"")]
    [InlineData("\"1\", \"2\"")]
    public void Anything_else_is_refused(string text) =>
        Assert.Equal(ErrorCodes.InvalidArgument, Assert.Throws<DurableObjectException>(() => EntityTag.Parse(text)).Code);

    [Fact]
    public async Task A_turn_runs_only_at_the_version_that_it_names()
    {
        Assert.Equal(412, (await AtAsync(0)).Error!.Status);
        Assert.Equal(412, (await AtAsync(null)).Error!.Status);
        Assert.Equal(1, (await _host.DoAsync(one => one.Storage.Put("k", 0))).Version);

        Assert.Null((await AtAsync(1)).Error);
        Failure error = (await AtAsync(1)).Error!;
        Assert.Equal((412, ErrorCodes.PreconditionFailed), (error.Status, error.Code));
        Assert.Contains("\"1\"", error.Detail, StringComparison.Ordinal);
        Assert.Contains("\"2\"", error.Detail, StringComparison.Ordinal);
        Assert.Equal(3, (await AtAsync(null)).Version);

        await _host.DoAsync(one => one.Storage.DeleteAll());
        Assert.Equal(412, (await AtAsync(4)).Error!.Status);
        Assert.Equal(412, (await AtAsync(null)).Error!.Status);
    }

    [Fact]
    public async Task A_read_only_call_that_names_a_version_is_checked_too()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 0));
        Answer answer = await _host.Host.RunAsync(
            _host.One, _host.Turn(_ => { }) with { Method = "read", IfMatch = new EntityTag(5) }, CancellationToken.None);
        Assert.Equal(412, answer.Error!.Status);
    }

    [Fact]
    public async Task The_version_moves_with_user_data_and_schema_and_not_with_what_is_the_runtimes()
    {
        await _host.DoAsync(one => one.Sql.Exec("CREATE TABLE t(a)"));
        await AssertAsync(moves: true, one => one.Storage.Put("k", 1));
        await AssertAsync(moves: true, one => one.Storage.Delete("k"));
        await AssertAsync(moves: true, one => one.Sql.Exec("INSERT INTO t VALUES (1)"));
        await AssertAsync(moves: true, one => one.Sql.Exec("CREATE INDEX i ON t(a)"));
        await AssertAsync(moves: true, one => one.Sql.Exec("ALTER TABLE t ADD COLUMN b"));
        await AssertAsync(moves: true, one => one.Sql.Exec("DROP INDEX i"));
        await AssertAsync(moves: false, one => one.Storage.Get<int>("k"));
        await AssertAsync(moves: false, one => one.Storage.Delete("absent"));
        await AssertAsync(moves: false, one => one.Sql.Exec("DELETE FROM t WHERE a = 7"));
        await AssertAsync(moves: false, one => one.Storage.SetAlarm(TimeSpan.FromDays(1)));
        await AssertAsync(moves: false, one => one.Storage.DeleteAlarm());
        await AssertAsync(moves: false, one => one.Context.Sockets.SetAutoResponse("a", "b"));
        // Sent, delivered and acknowledged: three commits of two objects.
        await AssertAsync(moves: false, one => one.Context.Objects.Signal(ScriptedHost.Address("other"), "note", "hi"));
        Assert.Equal(0, _host.Summary.Outbox);
        await AssertAsync(moves: false, async () => await (await _host.Host.ConnectAsync(_host.One)).CloseAsync());
        await AssertAsync(moves: false, () => _host.Host.RunAsync(
            _host.One, _host.Turn(_ => { }) with { IdempotencyKey = "k" }, CancellationToken.None));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private Task<Answer> AtAsync(long? version) => _host.Host.RunAsync(
        _host.One, _host.Turn(one => one.Storage.Put("k", 1)) with { IfMatch = new EntityTag(version) }, CancellationToken.None);

    private Task AssertAsync(bool moves, Action<ScriptedObject> body) => AssertAsync(moves, () => _host.DoAsync(body));

    private async Task AssertAsync(bool moves, Func<Task> act)
    {
        long before = _host.Summary.Version;
        await act();
        Assert.Equal(moves ? _host.Summary.Head.Commit : before, _host.Summary.Version);
    }
}
