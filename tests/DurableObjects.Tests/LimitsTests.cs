using System.Text;
using DurableObjects.Harness;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests;

/// <summary>
/// Each limit of <see cref="Limits"/> that the model enforces: just within, just over, and what the error says.
/// </summary>
public sealed class LimitsTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    [Fact]
    public async Task A_key_has_2048_bytes_of_UTF_8()
    {
        await _host.DoAsync(one => one.Storage.Put(new string('é', 1_024), 1));
        Failure error = await _host.FailAsync(one => one.Storage.Put(new string('é', 1_024) + "a", 1));
        AssertSays(error, 400, ErrorCodes.InvalidArgument, "key", "2,049", "2,048");
    }

    [Fact]
    public async Task A_key_and_its_value_have_two_mebibytes_together()
    {
        await _host.DoAsync(one => one.Storage.Put("key", new byte[Limits.KeyAndValueBytes - 3]));
        Failure error = await _host.FailAsync(one => one.Storage.Put("key", new byte[Limits.KeyAndValueBytes - 2]));
        AssertSays(error, 413, ErrorCodes.TooLarge, "'key'", "2,097,153", "2,097,152");
        Assert.Equal(Limits.KeyAndValueBytes - 3, await _host.GetAsync(one => one.Storage.Get<byte[]>("key")!.Length));
    }

    [Fact]
    public async Task One_operation_takes_128_keys()
    {
        string[] keys = [.. Enumerable.Range(0, Limits.KeysPerOperation + 1).Select(i => $"k{i}")];
        await _host.DoAsync(one =>
        {
            one.Storage.Put(keys[1..].Select(key => KeyValuePair.Create(key, 1)).ToList());
            Assert.Equal(Limits.KeysPerOperation, one.Storage.Get<int>(keys[1..]).Count);
            Assert.Equal(Limits.KeysPerOperation, one.Storage.Delete(keys[1..]));
        });
        AssertSays(await _host.FailAsync(one => one.Storage.Put(keys.Select(key => KeyValuePair.Create(key, 1)).ToList())), 400,
            ErrorCodes.InvalidArgument, "129", "128");
        AssertSays(await _host.FailAsync(one => one.Storage.Get<int>(keys)), 400, ErrorCodes.InvalidArgument, "129", "128");
        AssertSays(await _host.FailAsync(one => one.Storage.Delete(keys)), 400, ErrorCodes.InvalidArgument, "129", "128");
    }

    [Fact]
    public async Task An_SQL_text_has_100_000_bytes()
    {
        await _host.DoAsync(one => one.Sql.Exec("SELECT 1".PadRight(Limits.SqlStatementBytes)));
        Failure error = await _host.FailAsync(one => one.Sql.Exec("SELECT 1".PadRight(Limits.SqlStatementBytes + 1)));
        AssertSays(error, 413, ErrorCodes.TooLarge, "SQL text", "100,001", "100,000");
    }

    [Fact]
    public async Task An_SQL_statement_has_100_parameters()
    {
        object?[] arguments = [.. Enumerable.Repeat<object?>(1, 101)];
        string In(int count) => $"SELECT 1 WHERE 1 IN ({string.Join(",", Enumerable.Repeat("?", count))})";
        await _host.DoAsync(one => one.Sql.Exec(In(100), arguments.AsSpan(1)));
        AssertSays(await _host.FailAsync(one => one.Sql.Exec(In(101), arguments)), 500, ErrorCodes.SqlFailed,
            "too many SQL variables", "100 parameters");
    }

    [Fact]
    public async Task A_table_has_100_columns()
    {
        string Table(string name, int count) =>
            $"CREATE TABLE {name}({string.Join(",", Enumerable.Range(0, count).Select(i => $"c{i}"))})";
        await _host.DoAsync(one => one.Sql.Exec(Table("a", 100)));
        AssertSays(
            await _host.FailAsync(one => one.Sql.Exec(Table("b", 101))), 500, ErrorCodes.SqlFailed, "too many columns", "100 columns");
    }

    [Fact]
    public async Task An_SQL_function_takes_32_arguments()
    {
        string Max(int count) => $"SELECT max({string.Join(",", Enumerable.Range(0, count))})";
        await _host.DoAsync(one => Assert.Equal(31, one.Sql.Exec(Max(32)).One().Get<int>(0)));
        AssertSays(await _host.FailAsync(one => one.Sql.Exec(Max(33))), 500, ErrorCodes.SqlFailed, "too many arguments", "32 arguments");
    }

    [Fact]
    public async Task A_LIKE_or_GLOB_pattern_has_50_bytes()
    {
        await _host.DoAsync(one => one.Sql.Exec("SELECT 'a' LIKE ?, 'a' GLOB ?", new string('a', 50), new string('a', 50)).One());
        AssertSays(await _host.FailAsync(one => one.Sql.Exec("SELECT 'a' LIKE ?", new string('a', 51))), 500,
            ErrorCodes.SqlFailed, "pattern too complex", "50 bytes");
        AssertSays(await _host.FailAsync(one => one.Sql.Exec("SELECT 'a' GLOB ?", new string('a', 51))), 500,
            ErrorCodes.SqlFailed, "pattern too complex", "50 bytes");
    }

    [Fact]
    public async Task A_row_that_is_written_has_little_more_than_two_mebibytes()
    {
        await _host.DoAsync(one => one.Sql.Exec("CREATE TABLE t(a, b)"));
        await _host.DoAsync(one =>
            one.Sql.Exec("INSERT INTO t VALUES (?, ?)", new byte[Limits.SqlRowBytes / 2],
            new byte[Limits.SqlRowBytes / 2 - 100]));
        Failure error = await _host.FailAsync(one =>
            one.Sql.Exec("INSERT INTO t VALUES (?, ?)", new byte[Limits.SqlRowBytes / 2], new byte[Limits.SqlRowBytes / 2]));
        AssertSays(error, 413, ErrorCodes.TooLarge, "2,113,536");
    }

    [Fact]
    public async Task A_database_has_the_size_that_the_host_allows_and_a_turn_that_fills_it_leaves_nothing()
    {
        await using ScriptedHost host = new(new ObjectRuntimeOptions { MaxDatabaseBytes = 200_000 });
        await host.DoAsync(one => one.Storage.Put("fits", new byte[100_000]));
        Failure error = await host.FailAsync(one => one.Storage.Put("too much", new byte[100_000]));
        AssertSays(error, 507, ErrorCodes.StorageFull, "limit of", "bytes");

        error = await host.FailAsync(one =>
        {
            one.Sql.Exec("CREATE TABLE t(a)");
            Assert.Throws<DurableObjectException>(() => one.Sql.Exec("INSERT INTO t VALUES (randomblob(100000))"));
        });
        AssertSays(error, 507, ErrorCodes.StorageFull, "limit of", "bytes");
        Assert.Equal(["fits"], await host.GetAsync(one => one.Storage.List<byte[]>().Select(pair => pair.Key).ToList()));
        await host.DoAsync(one => one.Storage.Delete("fits"));
        await host.DoAsync(one => one.Storage.Put("again", new byte[100_000]));
        await Dump.AssertHistoryMakesDatabaseAsync(host.Host, host.One);
    }

    [Fact]
    public void A_name_has_512_bytes()
    {
        ObjectAddress.OfName("scripted", new string('é', 256));
        DurableObjectException error = Assert.Throws<DurableObjectException>(() =>
            ObjectAddress.OfName("scripted", new string('é', 256) + "a"));
        AssertSays(Failure.From(error), 400, ErrorCodes.InvalidArgument, "name", "513", "512");
        Assert.Throws<DurableObjectException>(() => ObjectAddress.OfName("scripted", ""));
        Assert.Throws<DurableObjectException>(() => ObjectAddress.OfName("scripted", "a\ud800"));
    }

    [Fact]
    public async Task A_signal_has_four_mebibytes()
    {
        string text = new('a', Limits.RequestBytes - 4);
        await _host.DoAsync(one => one.Context.Objects.Signal<IScripted>("other", other => other.Note(text)));
        Failure error = await _host.FailAsync(one =>
            one.Context.Objects.Signal<IScripted>("other", other => other.Note(text + "a")));
        AssertSays(error, 413, ErrorCodes.TooLarge, "'note'", "4,194,305", "4,194,304");
    }

    [Fact]
    public async Task A_turn_sends_1000_signals()
    {
        _host.Host.DeliversAutomatically = false;
        await _host.DoAsync(one =>
            Repeat(Limits.SignalsPerTurn, () => one.Context.Objects.Signal(ScriptedHost.Address("other"), "note", "hi")));
        Failure error = await _host.FailAsync(one =>
            Repeat(Limits.SignalsPerTurn + 1, () => one.Context.Objects.Signal(ScriptedHost.Address("other"), "note", "hi")));
        AssertSays(error, 400, ErrorCodes.InvalidArgument, "1,000");
        Assert.Equal(Limits.SignalsPerTurn, _host.Summary.Outbox);
    }

    [Fact]
    public async Task An_outbox_holds_10_000_signals()
    {
        _host.Host.DeliversAutomatically = false;
        Action<ScriptedObject> Send(int count) => one =>
            Repeat(count, () => one.Context.Objects.Signal(ScriptedHost.Address("other"), "note", "hi"));
        for (int i = 0; i < 9; i++)
        {
            await _host.DoAsync(Send(1_000));
        }
        await _host.DoAsync(Send(999));
        AssertSays(await _host.FailAsync(Send(2)), 503, ErrorCodes.Overloaded, "10,000", "outbox");
        await _host.DoAsync(Send(1));
        Failure error = await _host.FailAsync(Send(1));
        Assert.True(error.Overloaded && error.Retryable);
        Assert.Equal(10_000, _host.Summary.Outbox);
    }

    [Fact]
    public async Task A_result_and_a_response_have_eight_mebibytes()
    {
        await using TestHost host = TestHost.Of(typeof(Large));
        ObjectAddress address = host.Address<Large>("one");
        Assert.Equal(Limits.ResponseBytes - 2, (await host.CallAsync<string>(address, "text", Limits.ResponseBytes - 2))!.Length);
        AssertSays(
            Failure.From(await Assert.ThrowsAsync<DurableObjectException>(() =>
                host.CallAsync<string>(address, "text", Limits.ResponseBytes - 1))),
            500, ErrorCodes.TooLarge, "'text'", "8,388,609", "8,388,608");

        _host.Script.OnFetch = (_, request) =>
            new ObjectResponse(200, new Dictionary<string, string>(), new byte[int.Parse(request.Query, null)]);
        FetchTurn Fetch(int bytes) => new(new ObjectRequest("GET", "/", $"{bytes}", new Dictionary<string, string>(), default));
        Assert.Null((await _host.Host.RunAsync(_host.One, Fetch(Limits.ResponseBytes), CancellationToken.None)).Error);
        AssertSays((await _host.Host.RunAsync(_host.One, Fetch(Limits.ResponseBytes + 1), CancellationToken.None)).Error!, 500,
            ErrorCodes.TooLarge, "8,388,609", "8,388,608");
    }

    [Theory]
    [InlineData("endless")]
    [InlineData("bytes")]
    [InlineData("document")]
    public async Task A_result_beyond_the_limit_is_given_up_while_it_is_written(string method)
    {
        await using TestHost host = TestHost.Of(typeof(Large));
        AssertSays(
            Failure.From(await Assert.ThrowsAsync<DurableObjectException>(() =>
                host.CallAsync<object>(host.Address<Large>("one"), method))),
            500, ErrorCodes.TooLarge, $"'{method}'", "8,388,608");
    }

    [Fact]
    public async Task A_response_beyond_the_limit_is_given_up_while_it_is_written()
    {
        _host.Script.OnFetch = (_, _) => ObjectResponse.Json(Large.Numbers());
        FetchTurn fetch = new(new ObjectRequest("GET", "/", "", new Dictionary<string, string>(), default));
        AssertSays((await _host.Host.RunAsync(_host.One, fetch, CancellationToken.None)).Error!, 500,
            ErrorCodes.TooLarge, "The response", "8,388,608");
    }

    [Fact]
    public async Task An_answer_at_its_limit_can_be_remembered()
    {
        await using TestHost host = TestHost.Of(typeof(Large));
        CallTurn turn = new("text", Encoding.UTF8.GetBytes($"[{Limits.ResponseBytes - 2}]")) { IdempotencyKey = "k" };
        Answer first = (await host.RunAsync(host.Address<Large>("one"), turn, CancellationToken.None)).OrThrow();
        Answer second = (await host.RunAsync(host.Address<Large>("one"), turn, CancellationToken.None)).OrThrow();
        Assert.True(second.Replayed && first.Json.Span.SequenceEqual(second.Json.Span));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    public async Task An_idempotency_key_has_1_to_255_characters(int length)
    {
        Answer within = await _host.Host.RunAsync(
            _host.One, _host.Turn(one => one.Storage.Put("k", 1)) with { IdempotencyKey = new string('a', 255) },
                CancellationToken.None);
        Assert.Null(within.Error);

        TurnOutcome outcome = await _host.Host.StepAsync(_host.One,
            _host.Turn(one => one.Storage.Put("k", 2)) with { IdempotencyKey = new string('a', length) });
        AssertSays(outcome.Answer.Error!, 400, ErrorCodes.InvalidArgument, "Idempotency-Key", "255", $"{length}");
        Assert.Null(outcome.Commit);
    }

    [Fact]
    public async Task A_socket_has_10_tags_of_256_characters_and_an_attachment_of_16_kibibytes()
    {
        string[] tags = [.. Enumerable.Range(0, 11).Select(i => $"{i}".PadRight(256, 'x'))];
        await _host.Host.ConnectAsync(_host.One);
        await _host.DoAsync(one =>
        {
            ObjectSocket socket = one.Context.Sockets.List()[0];
            socket.SetTags(tags[1..]);
            socket.SetAttachment(new string('a', Limits.SocketAttachmentBytes - 2));
        });
        AssertSays(await _host.FailAsync(one => one.Context.Sockets.List()[0].SetTags(tags)), 400, ErrorCodes.InvalidArgument,
            "11", "10");
        AssertSays(await _host.FailAsync(one => one.Context.Sockets.List()[0].SetTags(new string('x', 257))), 400,
            ErrorCodes.InvalidArgument, "257", "256");
        AssertSays(await _host.FailAsync(one => one.Context.Sockets.List()[0].SetTags("")), 400, ErrorCodes.InvalidArgument,
            "1 to 256");
        AssertSays(
            await _host.FailAsync(one =>
                one.Context.Sockets.List()[0].SetAttachment(new string('a', Limits.SocketAttachmentBytes - 1))),
            413, ErrorCodes.TooLarge, "attachment", "16,385", "16,384");
    }

    [Fact]
    public async Task A_socket_message_has_one_mebibyte_either_way()
    {
        TestSocket socket = await _host.Host.ConnectAsync(_host.One);
        string text = new('a', Limits.SocketMessageBytes - 2);
        await _host.DoAsync(one => one.Context.Sockets.Send("message", text));
        Assert.Single(socket.Received);
        AssertSays(await _host.FailAsync(one => one.Context.Sockets.Send("message", text, 1)), 413, ErrorCodes.TooLarge,
            "'message'", "1,048,577", "1,048,576");
        Assert.Null((await socket.SendAsync(text)).Error);
        AssertSays((await socket.SendAsync(text + "a")).Error!, 413, ErrorCodes.TooLarge, "message", "1,048,577", "1,048,576");
    }

    [Fact]
    public async Task A_turn_sends_16_mebibytes_to_sockets_each_message_once_to_however_many_it_goes()
    {
        TestSocket[] sockets = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => _host.Host.ConnectAsync(_host.One)))];
        string text = new('a', Limits.SocketMessageBytes - 200);
        await _host.DoAsync(one => Repeat(16, () => one.Context.Sockets.Send("message", text)));
        Assert.All(sockets, socket => Assert.Equal(16, socket.Received.Count));

        Failure error = await _host.FailAsync(one => Repeat(17, () => one.Context.Sockets.Send("message", text)));
        AssertSays(error, 413, ErrorCodes.TooLarge, "sends to sockets", "17,824,", "16,777,216");
        error = await _host.FailAsync(one => Repeat(6, () =>
        {
            foreach (ObjectSocket socket in one.Context.Sockets.List())
            {
                socket.Send("message", text);
            }
        }));
        AssertSays(error, 413, ErrorCodes.TooLarge, "sends to sockets", "16,777,216");
        Assert.All(sockets, socket => Assert.Equal(16, socket.Received.Count));
    }

    [Fact]
    public async Task What_a_nested_transaction_took_back_was_not_sent_to_sockets()
    {
        TestSocket socket = await _host.Host.ConnectAsync(_host.One);
        string text = new('a', Limits.SocketMessageBytes - 200);
        await _host.DoAsync(one =>
        {
            Assert.Throws<InvalidOperationException>(() => one.Storage.Transaction(() =>
            {
                Repeat(16, () => one.Context.Sockets.Send("message", text));
                throw new InvalidOperationException();
            }));
            Repeat(16, () => one.Context.Sockets.Send("message", text));
        });
        Assert.Equal(16, socket.Received.Count);
    }

    [Fact]
    public async Task An_object_has_32_768_sockets()
    {
        ObjectSummary full = new(Head.None, 0, false) { Sockets = Limits.SocketsPerObject };
        Assert.Equal(32_768, full.Sockets);
        await _host.DoAsync(one => Assert.Equal(0, one.Context.Sockets.Count));
        TurnOutcome outcome = await RunWithSummaryAsync(full,
            new SocketOpenedTurn("s", new SocketOpening(new Dictionary<string, string>())));
        AssertSays(outcome.Answer.Error!, 503, ErrorCodes.Overloaded, "32,768");
        outcome = await RunWithSummaryAsync(full with { Sockets = full.Sockets - 1 },
            new SocketOpenedTurn("s", new SocketOpening(new Dictionary<string, string>())));
        Assert.Null(outcome.Answer.Error);
    }

    [Fact]
    public async Task An_automatic_answer_has_2048_characters_either_way()
    {
        string text = new('a', Limits.AutoResponseCharacters);
        await _host.DoAsync(one => one.Context.Sockets.SetAutoResponse(text, text));
        AssertSays(await _host.FailAsync(one => one.Context.Sockets.SetAutoResponse(text + "a", "")), 400,
            ErrorCodes.InvalidArgument, "2,049", "2,048");
        AssertSays(await _host.FailAsync(one => one.Context.Sockets.SetAutoResponse("a", text + "a")), 400,
            ErrorCodes.InvalidArgument, "2,049", "2,048");
    }

    [Fact]
    public async Task Transactions_nest_32_deep()
    {
        void Nest(ScriptedObject one, int depth)
        {
            if (depth > 0)
            {
                one.Storage.Transaction(() => Nest(one, depth - 1));
            }
            else
            {
                one.Storage.Put("deep", one.Storage.Get("deep", 0) + 1);
            }
        }
        await _host.DoAsync(one =>
        {
            Nest(one, Limits.TransactionDepth);
            Nest(one, Limits.TransactionDepth);
        });
        AssertSays(await _host.FailAsync(one => Nest(one, Limits.TransactionDepth + 1)), 400, ErrorCodes.InvalidArgument, "32");
        Assert.Equal(2, await _host.GetAsync(one => one.Storage.Get("deep", 0)));
    }

    [Fact]
    public async Task An_alarm_may_be_set_to_any_time_there_is()
    {
        foreach (DateTimeOffset at in (DateTimeOffset[])[DateTimeOffset.MaxValue, DateTimeOffset.MinValue,
            DateTimeOffset.UnixEpoch])
        {
            await _host.DoAsync(one =>
            {
                one.Storage.SetAlarm(at);
                Assert.Equal(at.ToUnixTimeMilliseconds(), one.Storage.GetAlarm()!.Value.ToUnixTimeMilliseconds());
            });
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private static void AssertSays(Failure error, int status, string code, params string[] words)
    {
        Assert.Equal((status, code), (error.Status, error.Code));
        Assert.All(words, word => Assert.Contains(word, error.Detail, StringComparison.Ordinal));
    }

    private static void Repeat(int times, Action action)
    {
        for (int i = 0; i < times; i++)
        {
            action();
        }
    }

    private static async Task<TurnOutcome> RunWithSummaryAsync(ObjectSummary summary, Turn turn)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.sqlite");
        DatabaseFile.WriteEmpty(path);
        Script script = new();
        ObjectRuntime runtime = new(
            new ObjectClasses([typeof(ScriptedObject)]), new SingleService(script), new FakeClock(),
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, new ObjectRuntimeOptions());
        using (ObjectActivation activation = runtime.Activate(ScriptedHost.Address("full"), path, summary))
        {
            TurnOutcome outcome = await activation.RunAsync(turn);
            await Task.Yield();
            return outcome;
        }
    }

    private sealed class SingleService(object service) :
        IServiceProvider, Microsoft.Extensions.DependencyInjection.IServiceScopeFactory,
            Microsoft.Extensions.DependencyInjection.IServiceScope
    {
        public IServiceProvider ServiceProvider => this;

        public object? GetService(Type serviceType) =>
            serviceType.IsInstanceOfType(service) ? service : serviceType.IsInstanceOfType(this) ? this : null;

        public Microsoft.Extensions.DependencyInjection.IServiceScope CreateScope() => this;

        public void Dispose()
        {
        }
    }

    [DurableObject("large")]
    public sealed class Large(ObjectContext context) : DurableObject(context)
    {
        public static IEnumerable<int> Numbers()
        {
            for (int i = 0; ; i++)
            {
                yield return i;
            }
        }

        public string Text(int length) => new('a', length);

        public IEnumerable<int> Endless() => Numbers();

        public byte[] Bytes() => new byte[64 * 1_024 * 1_024];

        public Dictionary<string, string> Document() => new() { ["\u20ac"] = new string('\u20ac', 40_000_000) };
    }
}
