using System.Text.Json;
using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class WorkQueueProperties
{
    private const int MaxDeliveries = 3;

    private static readonly Gen<Step> Steps =
        from kind in Gen.Frequency(
            (6, Gen.Constant(Kind.Enqueue)), (6, Gen.Constant(Kind.Receive)), (4, Gen.Constant(Kind.Complete)),
            (3, Gen.Constant(Kind.Abandon)), (2, Gen.Constant(Kind.Extend)), (1, Gen.Constant(Kind.Redrive)),
            (1, Gen.Constant(Kind.Hibernate)))
        from pause in Gen.Frequency((4, Gen.Constant(0)), (4, Gen.Choose(1, 300)), (1, Gen.Choose(300, 2_000)))
        from alarms in Gen.Elements(true, false)
        from which in Gen.Choose(0, 9)
        from delay in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 500)))
        select new Step(kind, pause, alarms, which, delay);

    [Fact]
    public void It_delivers_as_a_list_of_jobs_would_whether_or_not_its_alarms_come_in_time() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), DeliversAsTheReference).Check(Repeatable.Config.WithMaxTest(40));

    private static async Task DeliversAsTheReference(IEnumerable<Step> steps)
    {
        await using TestHost host = TestHost.Of(typeof(WorkQueue));
        IWorkQueue queue = host.Objects.Get<IWorkQueue>("q");
        await queue.Configure(maxDeliveries: MaxDeliveries, dedupeSeconds: 0);
        List<Entry> jobs = [];
        List<(Entry Job, string Receipt)> receipts = [];
        foreach (Step step in steps)
        {
            if (step.Alarms)
            {
                await host.AdvanceAsync(TimeSpan.FromMilliseconds(step.Pause));
            }
            else
            {
                host.Clock.Advance(TimeSpan.FromMilliseconds(step.Pause));
            }
            long now = host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            foreach (Entry job in jobs)
            {
                job.Pass(now);
            }
            decimal delay = step.Delay / 1_000m;
            switch (step.Kind)
            {
                case Kind.Enqueue:
                    WorkTicket ticket = await queue.Enqueue(JsonSerializer.SerializeToElement(step.Which), step.Which % 3, delay);
                    jobs.Add(new Entry(ticket.Id, jobs.Count, step.Which % 3, now + step.Delay));
                    break;
                case Kind.Receive:
                    List<Entry> expected =
                    [
                        .. jobs.Where(job => job.IsReady(now)).OrderByDescending(job => job.Priority).ThenBy(job => job.Number)
                            .Take(1 + step.Which % 3),
                    ];
                    IReadOnlyList<WorkJob> received = await queue.Receive("w", 1 + step.Which % 3, 0.1m + delay);
                    expected.ForEach(job => job.Take(now + 100 + step.Delay));
                    Assert.Equal(expected.Select(job => (job.Id, job.Deliveries)), received.Select(job => (job.Id, job.Delivery)));
                    receipts.AddRange(expected.Zip(received, (job, one) => (job, one.Receipt)));
                    break;
                case Kind.Redrive:
                    List<Entry> dead = [.. jobs.Where(job => job.State == State.Dead)];
                    Assert.Equal(new WorkBatch(dead.Count, 0), await queue.Redrive(all: true));
                    dead.ForEach(job => job.Redrive(now));
                    break;
                case Kind.Hibernate:
                    await host.HibernateAllAsync(rebuild: true);
                    break;
                default:
                    if (receipts.Count > 0)
                    {
                        (Entry job, string receipt) = receipts[^(1 + step.Which % receipts.Count)];
                        bool holds = job.State == State.Held && receipts.Last(one => one.Job == job).Receipt == receipt;
                        Assert.Equal(holds, await UseAsync(queue, step.Kind, job, receipt, delay));
                        if (holds)
                        {
                            job.Use(step.Kind, now, step.Delay);
                        }
                    }
                    break;
            }
            WorkQueueStatus status = await queue.Status();
            int Count(Func<Entry, bool> isOne) => jobs.Count(isOne);
            Assert.Equal(
                (Count(job => job.IsReady(now)), Count(job => job.State == State.Waiting && !job.IsReady(now)),
                    Count(job => job.State == State.Held), Count(job => job.State == State.Dead)),
                ((int)status.Ready, (int)status.Delayed, (int)status.Held, (int)status.DeadLetters));
            Assert.Equal(
                jobs.Where(job => job.State == State.Dead).Select(job => job.Id).Order(),
                (await queue.DeadLetters()).Items.Select(one => one.Id).Order());
        }
    }

    private static async Task<bool> UseAsync(IWorkQueue queue, Kind kind, Entry job, string receipt, decimal delay)
    {
        try
        {
            await (kind switch
            {
                Kind.Complete => queue.Complete(job.Id, receipt),
                Kind.Abandon => queue.Abandon(job.Id, receipt, delay),
                _ => queue.Extend(job.Id, receipt, 0.1m + delay),
            });
            return true;
        }
        catch (DurableObjectException error) when (error.Code is WorkQueue.ReceiptLapsed or WorkQueue.UnknownJob)
        {
            return false;
        }
    }

    private enum Kind { Enqueue, Receive, Complete, Abandon, Extend, Redrive, Hibernate }

    private enum State { Waiting, Held, Dead, Done }

    private sealed record Step(Kind Kind, int Pause, bool Alarms, int Which, int Delay);

    private sealed class Entry(string id, int number, int priority, long visibleAt)
    {
        private long _visibleAt = visibleAt;

        public string Id { get; } = id;

        public int Number { get; } = number;

        public int Priority { get; } = priority;

        public int Deliveries { get; private set; }

        public State State { get; private set; }

        public bool IsReady(long now) => State == State.Waiting && _visibleAt <= now;

        public void Pass(long now)
        {
            if (State == State.Held && _visibleAt <= now)
            {
                State = Deliveries >= MaxDeliveries ? State.Dead : State.Waiting;
            }
        }

        public void Take(long until) => (State, _visibleAt, Deliveries) = (State.Held, until, Deliveries + 1);

        public void Redrive(long now) => (State, _visibleAt, Deliveries) = (State.Waiting, now, 0);

        public void Use(Kind kind, long now, long delay) => (State, _visibleAt) = kind switch
        {
            Kind.Complete => (State.Done, now),
            Kind.Extend => (State.Held, now + 100 + delay),
            _ => (Deliveries >= MaxDeliveries ? State.Dead : State.Waiting, now + delay),
        };
    }
}
