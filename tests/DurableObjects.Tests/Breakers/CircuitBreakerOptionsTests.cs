using DurableObjects.Breakers;
using DurableObjects.Harness;

namespace DurableObjects.Tests.Breakers;

public sealed class CircuitBreakerOptionsTests
{
    public static TheoryData<CircuitBreakerOptions, string> OutsideTheirLimits => new()
    {
        { new CircuitBreakerOptions { FailureRatio = 0 }, "'failureRatio' is 0; it must be above 0 and at most 1." },
        { new CircuitBreakerOptions { FailureRatio = 1.01 }, "'failureRatio' is 1.01; it must be above 0 and at most 1." },
        { new CircuitBreakerOptions { FailureRatio = double.NaN }, "'failureRatio' is NaN; it must be above 0 and at most 1." },
        { new CircuitBreakerOptions { MinimumThroughput = 1 }, "'minimumThroughput' is 1; it must be at least 2." },
        {
            new CircuitBreakerOptions { SamplingDuration = TimeSpan.FromSeconds(0.4) },
            "'samplingDuration' is 00:00:00.4000000; it must be 00:00:00.5000000 to 1.00:00:00."
        },
        {
            new CircuitBreakerOptions { BreakDuration = TimeSpan.FromDays(2) },
            "'breakDuration' is 2.00:00:00; it must be 00:00:00.5000000 to 1.00:00:00."
        },
    };

    [Theory]
    [MemberData(nameof(OutsideTheirLimits))]
    public void An_option_outside_its_limits_is_refused_by_name_value_and_limit(CircuitBreakerOptions options, string message)
    {
        DurableObjectException error = Assert.Throws<DurableObjectException>(options.Validate);

        Assert.Equal((400, ErrorCodes.InvalidArgument, message), (error.Status, error.Code, error.Message));
    }

    [Fact]
    public void The_defaults_and_the_limits_themselves_are_within()
    {
        CircuitBreakerOptions.Default.Validate();
        new CircuitBreakerOptions
        {
            FailureRatio = 1,
            MinimumThroughput = CircuitBreakerOptions.LeastThroughput,
            SamplingDuration = CircuitBreakerOptions.ShortestDuration,
            BreakDuration = CircuitBreakerOptions.LongestDuration,
        }.Validate();
    }

    [Fact]
    public async Task Every_question_and_every_report_checks_them()
    {
        await using TestHost host = TestHost.Of(typeof(CircuitBreaker));
        ICircuitBreaker breaker = host.Objects.Get<ICircuitBreaker>("target");
        CircuitBreakerOptions wrong = new() { FailureRatio = 2 };

        foreach (Func<Task> call in (Func<Task>[])[
            () => breaker.Ask(wrong), () => breaker.Enter(wrong), () => breaker.Report(1, true, wrong),
            () => breaker.Report(1, true, null, -1), () => breaker.Report(1, true, null, CircuitBreaker.MaxSuccesses + 1)])
        {
            DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(call);
            Assert.Equal(400, error.Status);
        }
        Assert.False(host.SummaryOf(host.Address<ICircuitBreaker>("target")).Exists);
    }
}
