using DurableObjects.Functions.Workflows;
using DurableObjects.Workflows;

namespace DurableObjects.Functions.Tests.Workflows;

/// <summary>What comes to a workflow twice, or out of order.</summary>
public sealed class EventOrderTests
{
    private readonly EventOrder _order = new(null);

    [Fact]
    public void What_comes_twice_by_its_id_is_dropped()
    {
        Assert.Single(_order.Receive(new WorkflowEvent { Id = "a" }));
        Assert.Empty(_order.Receive(new WorkflowEvent { Id = "a" }));
        Assert.Single(_order.Receive(new WorkflowEvent { Id = "b" }));
    }

    [Fact]
    public void What_comes_twice_in_a_stream_is_dropped()
    {
        Assert.Equal([1], Take(Of(1)));
        Assert.Empty(Take(Of(1)));
        Assert.Equal([2], Take(Of(2)));
        Assert.Empty(Take(Of(2)));
    }

    [Fact]
    public void What_overtakes_another_waits_for_it()
    {
        Assert.Equal([1], Take(Of(1)));
        Assert.Empty(Take(Of(3)));
        Assert.True(_order.HoldsBack);
        Assert.Equal([2, 3], Take(Of(2)));
        Assert.False(_order.HoldsBack);
    }

    [Fact]
    public void The_first_that_is_heard_of_waits_for_what_its_sender_still_held()
    {
        Assert.Empty(Take(Of(8, oldest: 7)));
        Assert.Equal([7, 8], Take(Of(7, oldest: 7)));
    }

    [Fact]
    public void What_does_not_come_is_not_waited_for_for_ever_and_is_taken_when_it_comes_after_all()
    {
        Take(Of(1));
        Take(Of(4));
        Take(Of(5));
        Assert.Equal([4, 5], _order.Release().Select(NumberOf));
        Assert.Equal([3], Take(Of(3)));
        Assert.Empty(Take(Of(3)));
        Assert.Equal([6], Take(Of(6)));
    }

    [Fact]
    public void What_was_sent_before_the_first_that_is_heard_of_is_taken_when_it_comes()
    {
        Assert.Equal([5], Take(Of(5, oldest: 5)));
        Assert.Equal([4], Take(Of(4, oldest: 4)));
        Assert.Empty(Take(Of(4, oldest: 4)));
    }

    [Fact]
    public void A_sender_that_was_purged_and_made_again_begins_anew()
    {
        Take(Of(1));
        Take(Of(3));
        Assert.Equal([3, 1], Take(Of(1, epoch: 2)));
        Assert.Empty(Take(Of(2)));
    }

    [Fact]
    public void It_is_known_in_the_next_execution_too()
    {
        _order.Receive(new WorkflowEvent { Id = "a" });
        Take(Of(1));
        Take(Of(4));
        _order.Release();
        EventOrder next = new(_order.Seen);
        Assert.Empty(next.Receive(new WorkflowEvent { Id = "a" }));
        Assert.Empty(next.Receive(Of(4)));
        Assert.Equal([2], next.Receive(Of(2)).Select(NumberOf));
        Assert.Equal([5], next.Receive(Of(5)).Select(NumberOf));
    }

    private static WorkflowEvent Of(long number, long oldest = 1, long epoch = 1) => new()
    {
        Command = new WorkflowCommand(WorkflowVerb.Raise) { Name = "e" },
        From = new SenderPlace("sender", epoch, number, oldest),
    };

    private static long NumberOf(WorkflowEvent one) => one.From!.Number;

    private IEnumerable<long> Take(WorkflowEvent one) => _order.Receive(one).Select(NumberOf);
}
