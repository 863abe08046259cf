using DurableObjects.Turns;
namespace DurableObjects.Embedded.Tests.Objects;

/// <summary>A turn whose changes are too many to be one commit: nobody notices before SQLite has them.</summary>
public class TooLargeTurnTests
{
    private const int MaxTurnBytes = 100_000;
    private const int TooMany = 1_000_000;

    [Fact]
    public async Task It_leaves_nothing_says_the_limit_and_the_next_turn_runs()
    {
        await using TestBed bed = new(runtime: new ObjectRuntimeOptions { MaxTurnBytes = MaxTurnBytes });
        await bed.CallAsync("a", "Add", 1);

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Write", TooMany));

        Assert.Equal((413, ErrorCodes.TooLarge), (error.Status, error.Code));
        Assert.Contains("100,000", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, await bed.CallAsync("a", "Add", 1));
        Assert.Equal(2, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task As_an_alarm_it_is_retried_later_and_later_and_then_given_up()
    {
        await using TestBed bed = new(runtime: new ObjectRuntimeOptions { MaxTurnBytes = MaxTurnBytes });
        bed.Controls.AlarmWrites = TooMany;
        await bed.CallAsync("a", "Arm", 1);
        for (int rings = 1; rings <= Limits.AlarmRetries + 1; rings++)
        {
            bed.Clock.Advance(WakeAt(bed)!.Value - bed.Clock.GetUtcNow());
            int expected = rings;
            // Time stands still meanwhile: a turn that is running would take it for its own, and be abandoned for it.
            await TestBed.UntilAsync(
                () => Rings(bed) == expected && bed.Host.WakeClock.IsIdle && !(WakeAt(bed) <= bed.Clock.GetUtcNow()));
        }

        Assert.Null(WakeAt(bed));
        bed.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(
            Enumerable.Range(0, Limits.AlarmRetries + 1).Select(retry => $"alarm a {retry}"),
            bed.Controls.Events.Where(one => one.StartsWith("alarm", StringComparison.Ordinal)));
        Assert.Equal(1, await bed.CallAsync("a", "IsArmed"));
    }

    private static DateTimeOffset? WakeAt(TestBed bed) => bed.Host.Catalogue.Find(TestBed.Address("a").Id)!.Summary.WakeAt;

    private static int Rings(TestBed bed) => bed.Controls.Events.Count(one => one.StartsWith("alarm", StringComparison.Ordinal));
}
