using DurableObjects.Embedded.Objects;

namespace DurableObjects.Embedded.Tests.Objects;

public class MailboxTests
{
    [Fact]
    public async Task Items_are_handled_in_order_and_one_at_a_time()
    {
        List<int> handled = [];
        int running = 0;
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Mailbox<int> mailbox = new(10, async item =>
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            await Task.Yield();
            handled.Add(item);
            Interlocked.Decrement(ref running);
            if (item == 999)
            {
                done.SetResult();
            }
        });

        for (int i = 0; i < 1_000; i++)
        {
            Assert.Equal(Posted.Accepted, mailbox.Post(i, isBounded: false));
        }
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(Enumerable.Range(0, 1_000), handled);
    }

    [Fact]
    public async Task Items_of_many_threads_all_arrive_each_threads_in_its_order()
    {
        List<(int Thread, int Item)> handled = [];
        Mailbox<(int, int)> mailbox = new(10, item =>
        {
            handled.Add(item);
            return ValueTask.CompletedTask;
        });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                mailbox.Post((thread, i), isBounded: false);
            }
        })));
        await TestBed.UntilAsync(() => mailbox.IsIdle);

        Assert.Equal(4_000, handled.Count);
        Assert.All(handled.GroupBy(item => item.Thread, item => item.Item), items => Assert.Equal(Enumerable.Range(0, 1_000), items));
    }

    [Fact]
    public async Task It_is_full_when_so_many_wait_beside_the_one_that_is_handled_but_the_hosts_own_items_still_enter()
    {
        TaskCompletionSource gate = new();
        List<int> handled = [];
        Mailbox<int> mailbox = new(2, async item =>
        {
            await gate.Task;
            handled.Add(item);
        });

        Assert.Equal(Posted.Accepted, mailbox.Post(0, isBounded: true));
        Assert.Equal(Posted.Accepted, mailbox.Post(1, isBounded: true));
        Assert.Equal(Posted.Accepted, mailbox.Post(2, isBounded: true));
        Assert.Equal(Posted.Full, mailbox.Post(3, isBounded: true));
        Assert.Equal(Posted.Accepted, mailbox.Post(4, isBounded: false));
        Assert.False(mailbox.IsIdle);
        gate.SetResult();
        await TestBed.UntilAsync(() => mailbox.IsIdle);

        Assert.Equal([0, 1, 2, 4], handled);
        Assert.Equal(Posted.Accepted, mailbox.Post(5, isBounded: true));
    }

    [Fact]
    public void It_closes_only_when_nothing_waits_and_takes_nothing_afterwards()
    {
        List<bool> closed = [];
        TaskCompletionSource gate = new();
        Mailbox<int> mailbox = null!;
        mailbox = new Mailbox<int>(2, async _ =>
        {
            await gate.Task;
            closed.Add(mailbox.TryClose());
        });
        mailbox.Post(0, isBounded: true);
        mailbox.Post(1, isBounded: true);

        gate.SetResult();

        Assert.Equal([false, true], closed);
        Assert.Equal(Posted.Closed, mailbox.Post(2, isBounded: false));
    }
}
