namespace DurableObjects.Embedded.Tests.Objects;

public class AbandonedTurnTests
{
    [Fact]
    public async Task A_turn_past_its_deadline_leaves_nothing_and_the_next_runs_on_a_fresh_activation()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        Task<long> late = bed.CallAsync("a", "AddSlowly", 10, "never");
        await bed.Controls.ReachedAsync("never");
        Task<long> next = bed.CallAsync("a", "Add", 1);

        bed.Clock.Advance(Limits.TurnDeadline);

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => late);
        Assert.Equal((504, ErrorCodes.DeadlineExceeded), (error.Status, error.Code));
        Assert.Equal(2, await next);
        bed.Controls.Open("never");
        Assert.Equal(2, await bed.CallAsync("a", "Get"));
        Assert.Equal(["wake a", "wake a"], bed.Controls.Events);
    }

    [Fact]
    public async Task An_alarm_past_its_deadline_is_retried_as_one_that_failed()
    {
        await using TestBed bed = new();
        bed.Controls.AlarmFails = true;
        await bed.CallAsync("a", "Arm", 1);
        bed.Clock.Advance(TimeSpan.FromSeconds(1));
        await bed.Controls.ReachedAsync("alarm");
        bed.Controls.AlarmFails = false;

        bed.Clock.Advance(Limits.TurnDeadline);
        await TestBed.UntilAsync(() => bed.Host.WakeClock.IsIdle
            && bed.Host.Catalogue.Find(TestBed.Address("a").Id)!.Summary.WakeAt > bed.Clock.GetUtcNow());
        bed.Clock.Advance(Limits.AlarmFirstRetry);
        await TestBed.UntilAsync(() => bed.Host.Catalogue.Find(TestBed.Address("a").Id)!.Summary.WakeAt is null);

        Assert.Equal(1, await bed.CallAsync("a", "Rings"));
        Assert.Equal(["alarm a 0", "alarm a 1"], bed.Controls.Events.Where(one => one.StartsWith("alarm", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_read_past_its_deadline_is_an_error_of_that_read_only()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        Task<long> late = bed.CallAsync("a", "GetSlowly", "never");
        await bed.Controls.ReachedAsync("never");
        Task<long> next = bed.CallAsync("a", "Get");

        bed.Clock.Advance(Limits.TurnDeadline);

        Assert.Equal(ErrorCodes.DeadlineExceeded, (await Assert.ThrowsAsync<DurableObjectException>(() => late)).Code);
        Assert.Equal(1, await next);
        Assert.Equal(2, await bed.CallAsync("a", "Add", 1));
    }

    [Fact]
    public async Task A_full_mailbox_refuses_and_says_when_to_come_again()
    {
        await using TestBed bed = new();
        Task<long> running = bed.CallAsync("a", "AddSlowly", 1, "gate");
        await bed.Controls.ReachedAsync("gate");
        List<Task<long>> waiting = [.. Enumerable.Range(0, Limits.WaitingTurns).Select(_ => bed.CallAsync("a", "Add", 1))];

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 1));

        Assert.Equal((503, ErrorCodes.Overloaded, true, true), (error.Status, error.Code, error.Retryable, error.Overloaded));
        Assert.Equal(TimeSpan.FromSeconds(1), error.RetryAfter);
        bed.Controls.Open("gate");
        await running;
        Assert.Equal(Limits.WaitingTurns + 1, (await Task.WhenAll(waiting)).Max());
    }
}
