using DurableObjects.Hosting;

namespace DurableObjects.Tests.Hosting;

public class ByteBudgetTests
{
    [Fact]
    public void It_takes_up_to_its_limit_and_again_what_was_given_back()
    {
        ByteBudget budget = new(100);
        Assert.True(budget.TryTake(60));
        Assert.True(budget.TryTake(40));
        Assert.False(budget.TryTake(1));

        budget.Give(40);

        Assert.True(budget.TryTake(40));
        Assert.Equal(100, budget.Held);
    }

    [Fact]
    public void One_take_is_accepted_however_large_it_is_when_nothing_else_is_held()
    {
        ByteBudget budget = new(100);
        Assert.True(budget.TryTake(1_000));
        Assert.False(budget.TryTake(1));

        budget.Give(1_000);

        Assert.True(budget.TryTake(1));
        Assert.False(budget.TryTake(1_000));
    }

    [Fact]
    public void What_cannot_be_refused_is_counted_and_others_are_refused_for_it()
    {
        ByteBudget budget = new(100);
        budget.Take(150);
        Assert.False(budget.TryTake(1));
        Assert.Equal(150, budget.Held);
    }

    [Fact]
    public void The_reserve_is_for_small_takes_only()
    {
        ByteBudget budget = new(limit: 1_000_000, reserve: 200_000);
        Assert.True(budget.TryTake(700_000));
        Assert.False(budget.TryTake(ByteBudget.SmallBytes + 50_000));
        Assert.True(budget.TryTake(ByteBudget.SmallBytes));
        Assert.True(budget.TryTake(ByteBudget.SmallBytes));
        Assert.True(budget.TryTake(ByteBudget.SmallBytes));
    }

    [Fact]
    public void Its_error_says_how_much_is_held_the_limit_and_when_to_try_again()
    {
        ByteBudget budget = new(1_000);
        budget.Take(900);
        DurableObjectException error = budget.Overloaded("wait for counter/a", 2_000);
        Assert.Equal(
            "900 bytes wait for counter/a; with the 2,000 of this the limit of 1,000 is passed.", error.Message);
        Assert.Equal((503, ErrorCodes.Overloaded, true, true), (error.Status, error.Code, error.Retryable, error.Overloaded));
        Assert.Equal(TimeSpan.FromSeconds(1), error.RetryAfter);
    }
}
