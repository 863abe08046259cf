using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class CounterTests : IAsyncLifetime
{
    private readonly TestHost _host = TestHost.Of(typeof(Counter));

    private ICounter One => _host.Objects.Get<ICounter>("one");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Every_method_answers_the_number_after_it()
    {
        Assert.Equal(1, await One.Increment());
        Assert.Equal(6, await One.Increment(5));
        Assert.Equal(5, await One.Decrement());
        Assert.Equal(2, await One.Decrement(3));
        Assert.Equal(-1, await One.Increment(-3));
        Assert.Equal(1, await One.Decrement(-2));
        Assert.Equal(1, await One.Get());
        Assert.Equal(0, await One.Reset());
        Assert.Equal(0, await One.Get());
    }

    [Fact]
    public async Task Over_HTTP_the_result_is_the_number_itself()
    {
        Assert.Equal("1", await _host.PostAsync("counter", "one", "increment"));
        Assert.Equal("42", await _host.PostAsync("counter", "one", "increment", """{"by":41}"""));
        Assert.Equal("40", await _host.PostAsync("counter", "one", "decrement", "[2]"));
        Assert.Equal("40", await _host.PostAsync("counter", "one", "get"));
        Assert.Equal("0", await _host.PostAsync("counter", "one", "reset"));
    }

    [Fact]
    public async Task Counters_are_apart_and_survive_hibernation()
    {
        await One.Increment(7);
        await _host.Objects.Get<ICounter>("two").Increment(8);
        await _host.HibernateAllAsync(rebuild: true);

        Assert.Equal(7, await One.Get());
        Assert.Equal(9, await _host.Objects.Get<ICounter>("two").Increment());
    }

    [Fact]
    public async Task A_counter_that_is_only_read_does_not_come_to_exist()
    {
        Assert.Equal(0, await One.Get());

        Assert.False(_host.SummaryOf(_host.Address<ICounter>("one")).Exists);
    }

    [Fact]
    public async Task Of_increments_at_the_same_time_each_gets_a_number_of_its_own()
    {
        long[] numbers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => One.Increment())));

        Assert.Equal(Enumerable.Range(1, 100).Select(number => (long)number), numbers.Order());
    }

    [Theory]
    [InlineData(long.MaxValue, 1)]
    [InlineData(1, long.MaxValue)]
    [InlineData(long.MinValue, -1)]
    public async Task An_increment_beyond_64_bits_is_refused_and_changes_nothing(long start, long by)
    {
        await One.Increment(start);

        await Expect.Refusal(409, "overflow", () => One.Increment(by), $"{start}", $"{by}");
        Assert.Equal(start, await One.Get());
    }

    [Theory]
    [InlineData(long.MinValue, 1)]
    [InlineData(0, long.MinValue)]
    [InlineData(long.MaxValue, -1)]
    public async Task A_decrement_beyond_64_bits_is_refused_and_changes_nothing(long start, long by)
    {
        await One.Increment(start);

        await Expect.Refusal(409, "overflow", () => One.Decrement(by), $"{start}", $"{by}");
        Assert.Equal(start, await One.Get());
    }

    [Fact]
    public async Task The_whole_range_of_64_bits_can_be_counted()
    {
        Assert.Equal(long.MaxValue, await One.Increment(long.MaxValue));
        Assert.Equal(0, await One.Decrement(long.MaxValue));
        Assert.Equal(long.MinValue, await One.Increment(long.MinValue));
        Assert.Equal(0, await One.Decrement(long.MinValue));
    }
}
