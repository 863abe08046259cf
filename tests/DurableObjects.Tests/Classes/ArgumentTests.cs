using System.Text;
using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Classes;

/// <summary>How arguments are bound and results come back.</summary>
public sealed class ArgumentTests : IAsyncLifetime
{
    private readonly TestHost _host = TestHost.Of(typeof(Binder));

    public enum Color
    {
        Red,
        DarkGreen,
    }

    [Theory]
    [InlineData("""{"text":"a","number":2}""", "a 2 - Red")]
    [InlineData("""{"NUMBER":2,"Text":"a"}""", "a 2 - Red")]
    [InlineData("""{"text":"a","number":"2"}""", "a 2 - Red")]
    [InlineData("""{"text":"a","number":2,"maybe":7,"color":"darkGreen"}""", "a 2 7 DarkGreen")]
    [InlineData("""{"text":"a","number":2,"maybe":null}""", "a 2 - Red")]
    [InlineData("""["a",2]""", "a 2 - Red")]
    [InlineData("""[ "a" , 2 , null , "red" ]""", "a 2 - Red")]
    [InlineData("""["\u00e4 𝄞",2,7,1]""", "ä 𝄞 2 7 DarkGreen")]
    public async Task Arguments_are_bound_by_name_or_by_position(string arguments, string expected) =>
        Assert.Equal(expected, await CallAsync("mix", arguments));

    [Theory]
    [InlineData("""{"text":"a"}""", "needs the argument 'number'")]
    [InlineData("""["a"]""", "needs the argument 'number'")]
    [InlineData("", "needs the argument 'text'")]
    [InlineData(" \r\n ", "needs the argument 'text'")]
    [InlineData("""{"text":"a","number":2,"nombre":3}""", "no argument 'nombre'; it takes 'text', 'number', 'maybe', 'color'")]
    [InlineData("""{"text":"a","number":2,"cancellation":3}""", "no argument 'cancellation'")]
    [InlineData("""{"text":null,"number":2}""", "'text' of binder.mix may not be null")]
    [InlineData("""["a",null]""", "'number'")]
    [InlineData("""{"text":"a","number":"two"}""", "'number' of binder.mix is not a Int32")]
    [InlineData("""{"text":"a","number":2.5}""", "'number'")]
    [InlineData("""{"text":"a","number":99999999999}""", "'number'")]
    [InlineData("""{"text":["a"],"number":2}""", "'text' of binder.mix is not a String")]
    [InlineData("""{"text":"a","number":2,"color":"blue"}""", "'color' of binder.mix is not a Color")]
    [InlineData("""{"text":"a","number":2,"number":3}""", "'number' of binder.mix is given twice")]
    [InlineData("""["a",2,null,"red",5]""", "takes 4 arguments")]
    [InlineData("3", "JSON object of named ones or an array")]
    [InlineData("null", "JSON object of named ones or an array")]
    [InlineData("{", "not JSON")]
    [InlineData("""["a",2""", "not JSON")]
    [InlineData("""["a",2] []""", "JSON")]
    [InlineData("\ufeff[]", "not JSON")]
    public async Task Wrong_arguments_are_refused_naming_them(string arguments, string expected)
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => CallAsync("mix", arguments));
        Assert.Equal((400, ErrorCodes.InvalidArgument), (error.Status, error.Code));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("binder.mix", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"text":"5","number":"5","maybe":"7","color":"darkGreen"}""", "5 5 7 DarkGreen")]
    [InlineData("""{"text":"true","number":"5"}""", "true 5 - Red")]
    public async Task Text_of_a_query_stands_for_what_the_parameter_is(string arguments, string expected) =>
        Assert.Equal(expected, await CallAsync("mix", arguments, textual: true));

    [Fact]
    public async Task Text_of_a_query_stands_for_dates_truths_lists_and_ids()
    {
        string id = Guid.NewGuid().ToString();
        Assert.Equal(
            $"2030-01-02 True 3 {id}",
            await CallAsync("query", $$"""{"at":"2030-01-02T03:04:05Z","yes":"true","list":"[1,2,3]","id":"{{id}}"}""",
                textual: true));
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => CallAsync("query", """{"at":"tomorrow","yes":"true","list":"[]"}""", textual: true));
        Assert.Contains("'at'", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<DurableObjectException>(
            () => CallAsync("query", """{"at":"2030-01-02","yes":"maybe","list":"[]"}""", textual: true));
        Assert.Contains("'yes'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_must_be_whole()
    {
        Assert.Equal("a 1", await CallAsync("record", """{"item":{"name":"a","count":1}}"""));
        Assert.Contains("'item'", (await Assert.ThrowsAsync<DurableObjectException>(
            () => CallAsync("record", """{"item":{"name":"a"}}"""))).Message, StringComparison.Ordinal);
        Assert.Contains("'item'", (await Assert.ThrowsAsync<DurableObjectException>(
            () => CallAsync("record", """{"item":{"name":null,"count":1}}"""))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancellation_token_is_the_turns_and_takes_no_place()
    {
        Assert.Equal("True 5", await CallAsync("token", "[5]"));
        Assert.Equal("True 5", await CallAsync("token", """{"after":5}"""));
    }

    [Theory]
    [InlineData("void", "")]
    [InlineData("task", "")]
    [InlineData("valueTask", "")]
    [InlineData("plain", "3")]
    [InlineData("taskOf", "{\"name\":\"a\",\"count\":1}")]
    [InlineData("valueTaskOf", "\"darkGreen\"")]
    [InlineData("nothing", "null")]
    [InlineData("VOID", "")]
    public async Task Results_of_every_kind_come_back_as_JSON(string method, string expected)
    {
        Answer answer = await _host.RunAsync(_host.Address<Binder>("one"), new CallTurn(method, default), CancellationToken.None);
        Assert.Equal(expected, Encoding.UTF8.GetString(answer.OrThrow().Json.Span));
    }

    [Fact]
    public async Task A_method_that_is_not_public_or_not_the_classs_own_cannot_be_called()
    {
        foreach (string method in (string[])["hidden", "onWake", "toString", "getHashCode", "dispose", "property", "getProperty",
            "context", "mixAsync", ""])
        {
            DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => CallAsync(method, ""));
            Assert.Equal((404, ErrorCodes.UnknownMethod), (error.Status, error.Code));
            Assert.Contains("it has fail, mix, nothing,", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_error_thrown_before_or_after_the_first_await_is_the_same_to_the_caller()
    {
        foreach (string when in (string[])["true", "false"])
        {
            DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => CallAsync("fail", $"[{when}]"));
            Assert.Equal((500, ErrorCodes.HandlerFailed, "FormatException: on purpose"),
                (error.Status, error.Code, error.Message));
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private async Task<string?> CallAsync(string method, string arguments, bool textual = false)
    {
        CallTurn turn = new(method, Encoding.UTF8.GetBytes(arguments)) { Textual = textual };
        Answer answer = (await _host.RunAsync(_host.Address<Binder>("one"), turn, CancellationToken.None)).OrThrow();
        return JsonSerializer.Deserialize<string>(answer.Json.Span);
    }

    public sealed record Item(string Name, int Count);

    [DurableObject("binder")]
    public sealed class Binder(ObjectContext context) : DurableObject(context), IDisposable
    {
        public string Property => "";

        public string MixAsync(string text, int number, int? maybe = null, Color color = Color.Red,
            CancellationToken cancellation = default) =>
            $"{text} {number} {(maybe is null ? "-" : maybe)} {color}";

        public string Query(DateTimeOffset at, bool yes, int[] list, Guid id = default) =>
            $"{at:yyyy-MM-dd} {yes} {list.Length} {id}";

        public string Record(Item item) => $"{item.Name} {item.Count}";

        public string Token(int after, CancellationToken cancellation) =>
            $"{cancellation.CanBeCanceled && cancellation == Context.CancellationToken} {after}";

        public void Void()
        {
        }

        public Task Task() => System.Threading.Tasks.Task.CompletedTask;

        public ValueTask ValueTask() => System.Threading.Tasks.ValueTask.CompletedTask;

        public int Plain() => 3;

        public async Task<Item> TaskOf()
        {
            await System.Threading.Tasks.Task.Yield();
            return new Item("a", 1);
        }

        public ValueTask<Color> ValueTaskOf() => new(Color.DarkGreen);

        public Item? Nothing() => null;

        public async Task Fail(bool early)
        {
            if (!early)
            {
                await System.Threading.Tasks.Task.Yield();
            }
            throw new FormatException("on purpose");
        }

        public void Dispose()
        {
        }

        internal string Hidden() => "";
    }
}
