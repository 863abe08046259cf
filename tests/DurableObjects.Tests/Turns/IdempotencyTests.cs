using System.Text;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Turns;

public sealed class IdempotencyTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();
    private int _ran;

    [Fact]
    public async Task The_same_request_with_the_same_key_runs_once_and_gets_the_same_answer()
    {
        CallTurn turn = Keyed(one => one.Storage.Put("n", one.Storage.Get("n", 0) + 1));
        Answer first = await RunAsync(turn);
        await _host.DoAsync(one => one.Storage.Put("other", 1));
        await _host.Host.HibernateAllAsync(rebuild: true);
        Answer second = await RunAsync(turn);

        Assert.Equal(1, _ran);
        Assert.False(first.Replayed);
        Assert.True(second.Replayed);
        Assert.Equal((1L, 1L), (first.Version, second.Version));
        Assert.True(first.Json.Span.SequenceEqual(second.Json.Span));
        Assert.Equal(2, _host.Commits.Count);
    }

    [Fact]
    public async Task A_fetch_is_remembered_with_its_response()
    {
        _host.Script.OnFetch = (_, fetched) => ObjectResponse.Text($"{fetched.Path} {++_ran}", 201);
        ObjectRequest request = new("POST", "/a", "q=1", new Dictionary<string, string>(), "body"u8.ToArray());
        FetchTurn turn = new(request) { IdempotencyKey = "k" };
        await RunAsync(turn);
        ObjectResponse response = (await RunAsync(turn)).OrThrow().Response!;
        Assert.Equal((201, "/a 1", "text/plain; charset=utf-8"),
            (response.Status, Encoding.UTF8.GetString(response.Body.Span), response.Headers["Content-Type"]));
        Assert.Equal(422, (await RunAsync(turn with { Request = turn.Request with { Query = "q=2" } })).Error!.Status);
        Assert.Equal(422, (await RunAsync(
            turn with { Request = turn.Request with { Body = "other"u8.ToArray() } })).Error!.Status);
    }

    [Fact]
    public async Task Another_request_or_another_caller_with_the_key_is_refused_and_changes_nothing()
    {
        CallTurn turn = Keyed(one => one.Storage.Put("n", 1));
        await RunAsync(turn);
        foreach (Turn other in (Turn[])[
            Keyed(one => one.Storage.Put("n", 2)),
            turn with { Method = "read" },
            turn with { Caller = Caller.Of("somebody") }])
        {
            TurnOutcome outcome = await _host.Host.StepAsync(_host.One, other);
            Assert.Equal((422, ErrorCodes.IdempotencyKeyReused), (outcome.Answer.Error!.Status, outcome.Answer.Error.Code));
            Assert.Null(outcome.Commit);
        }
        Assert.True((await RunAsync(turn)).Replayed);
        Assert.Null((await _host.Host.RunAsync(ScriptedHost.Address("another"), turn, CancellationToken.None)).Error);
    }

    [Fact]
    public async Task A_decision_of_the_handler_is_remembered_though_nothing_else_of_the_turn_remains()
    {
        CallTurn turn = Keyed(one =>
        {
            one.Storage.Put("n", 1);
            throw new DurableObjectException(409, "no-funds", "Not enough.");
        });
        Answer first = await RunAsync(turn);
        Answer second = await RunAsync(turn);
        Assert.Equal(1, _ran);
        Assert.Equal(first.Error, second.Error);
        Assert.True(second.Replayed);
        Assert.False(_host.Summary.Exists);
        Assert.Equal(0, await _host.GetAsync(one => one.Storage.Get("n", 0)));
    }

    [Theory]
    [InlineData(500, false)]
    [InlineData(503, true)]
    [InlineData(429, true)]
    public async Task An_accident_and_what_may_be_retried_are_not_remembered(int status, bool retryable)
    {
        CallTurn turn = Keyed(_ => throw new DurableObjectException(status, "accident", "Bad luck.") { Retryable = retryable });
        TurnOutcome outcome = await _host.Host.StepAsync(_host.One, turn);
        Assert.Null(outcome.Commit);
        await RunAsync(turn);
        Assert.Equal(2, _ran);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_24_hours_and_not_before()
    {
        CallTurn turn = Keyed(one => one.Storage.Put("n", 1));
        await RunAsync(turn);
        _host.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1));
        Assert.True((await RunAsync(turn)).Replayed);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False((await RunAsync(turn)).Replayed);
        Assert.Equal(2, _ran);
    }

    [Fact]
    public async Task A_remembered_answer_comes_before_If_Match()
    {
        await _host.DoAsync(one => one.Storage.Put("n", 0));
        CallTurn turn = Keyed(one => one.Storage.Put("n", 1)) with { IfMatch = new EntityTag(1) };
        Assert.Null((await RunAsync(turn)).Error);
        Answer second = await RunAsync(turn);
        Assert.True(second.Replayed);
        Assert.Null(second.Error);
    }

    [Fact]
    public async Task A_read_only_call_with_a_key_is_an_ordinary_turn()
    {
        await _host.DoAsync(one => one.Storage.Put("n", 0));
        CallTurn turn = _host.Turn(_ => { _ran++; }) with { Method = "read", IdempotencyKey = "k" };
        await RunAsync(turn);
        Assert.True((await RunAsync(turn)).Replayed);
        Assert.Equal(1, _ran);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private Task<Answer> RunAsync(Turn turn) => _host.Host.RunAsync(_host.One, turn, CancellationToken.None);

    private CallTurn Keyed(Action<ScriptedObject> body) => _host.Turn(one =>
    {
        _ran++;
        body(one);
    }) with
    { IdempotencyKey = "k" };
}
