using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class ReplicatedLogProperties
{
    private const int MostReplicas = 5;

    private static readonly Caller Administrator = Caller.Of("ops", Caller.Administrator);
    private static readonly JsonElement Nothing = JsonSerializer.SerializeToElement(0);

    private static readonly Gen<Step> Steps =
        from kind in Gen.Frequency(
            (8, Gen.Constant(Kind.Append)), (10, Gen.Constant(Kind.Deliver)), (3, Gen.Constant(Kind.Isolate)),
            (3, Gen.Constant(Kind.Heal)), (3, Gen.Constant(Kind.Wait)), (1, Gen.Constant(Kind.ReturnLeader)),
            (1, Gen.Constant(Kind.DeleteLeader)), (2, Gen.Constant(Kind.Configure)), (1, Gen.Constant(Kind.Compact)),
            (1, Gen.Constant(Kind.Hibernate)))
        from number in Gen.Choose(0, 1_000)
        select new Step(kind, number);

    private enum Kind
    {
        Append,
        Deliver,
        Isolate,
        Heal,
        Wait,
        ReturnLeader,
        DeleteLeader,
        Configure,
        Compact,
        Hibernate,
    }

    [Fact]
    public void What_was_committed_once_stays_whoever_is_away_and_wherever_the_leader_is_returned_to() =>
        Prop.ForAll(Steps.ListOf(40).ToArbitrary(), KeepsWhatIsCommitted).Check(Repeatable.Config.WithMaxTest(50));

    private static async Task KeepsWhatIsCommitted(IEnumerable<Step> steps)
    {
        await using TestHost host = TestHost.Of(typeof(ReplicatedLog), typeof(LogFollower));
        host.DeliversAutomatically = false;
        IReplicatedLog log = host.Objects.Get<IReplicatedLog>("log");
        ObjectAddress leader = host.Address<IReplicatedLog>("log");
        ObjectRecovery recovery = new(host);
        List<string> past = [];
        Dictionary<long, string> committed = [];
        int appended = 0;
        foreach (Step step in steps)
        {
            switch (step.Kind)
            {
                case Kind.Append:
                    await TryAsync(() => log.Append(Nothing, $"{++appended}"));
                    past.Add((await recovery.ListAsync(leader, Administrator, CancellationToken.None)).Current);
                    break;
                case Kind.Deliver:
                    await host.DeliverAsync(step.Number % 12);
                    break;
                case Kind.Isolate or Kind.Heal:
                    await host.Objects.Get<ILogFollower>($"log:{step.Number % MostReplicas + 1}", Administrator)
                        .Isolate(step.Kind == Kind.Isolate);
                    break;
                case Kind.Wait:
                    await host.AdvanceAsync(TimeSpan.FromMilliseconds(step.Number * 3));
                    break;
                case Kind.ReturnLeader when past.Count > 0:
                    await recovery.RestoreAsync(leader, past[step.Number % past.Count], Administrator, CancellationToken.None);
                    break;
                case Kind.DeleteLeader:
                    await host.RunAsync(leader, new DeleteTurn { Caller = Administrator }, CancellationToken.None);
                    past.Clear();
                    break;
                case Kind.Configure:
                    await TryAsync(() => log.Configure(replicas: step.Number % MostReplicas + 1));
                    break;
                case Kind.Compact:
                    await TryAsync(() => log.Compact(1 + step.Number % 5));
                    break;
                case Kind.Hibernate:
                    await host.HibernateAllAsync(rebuild: true);
                    break;
            }
            await NoteCommitted();
        }

        for (int number = 1; number <= MostReplicas; number++)
        {
            await host.Objects.Get<ILogFollower>($"log:{number}", Administrator).Isolate(false);
        }
        await log.Recover();
        host.DeliversAutomatically = true;
        await host.DeliverAsync();
        await host.AdvanceAsync(TimeSpan.FromHours(1));
        await log.Append(Nothing, "last");
        await host.AdvanceAsync(TimeSpan.FromHours(1));
        await NoteCommitted();
        LogStatus status = await log.Status();
        Assert.Equal((LogHealth.Available, status.Last), (status.State, status.Committed));
        Assert.True(status.Last >= committed.Keys.Max());
        for (int number = 1; number <= status.Replicas; number++)
        {
            LogFollowerStatus follower = await host.Objects.Get<ILogFollower>($"log:{number}").Status();
            Assert.Equal((status.Last, committed[status.Last]), (follower.Last, follower.Hash));
            // A leader that was returned to before a compaction has the entries again.
            Assert.True(follower.First >= status.First);
        }

        // Whatever is shown as committed, by whomever, is the same for ever.
        async Task NoteCommitted()
        {
            List<LogEntry> shown = [];
            await TryAsync(async () => shown.AddRange((await log.Read((await log.Status()).First)).Entries));
            for (int number = 1; number <= MostReplicas; number++)
            {
                ILogFollower follower = host.Objects.Get<ILogFollower>($"log:{number}");
                shown.AddRange((await follower.Read((await follower.Status()).First)).Entries);
            }
            foreach (LogEntry entry in shown)
            {
                committed.TryAdd(entry.Index, entry.Hash);
                Assert.Equal(committed[entry.Index], entry.Hash);
            }
        }
    }

    private static async Task TryAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (DurableObjectException error) when (error.Code is LogLimits.Unavailable or LogLimits.NotCommitted or LogLimits.ChangePending)
        {
        }
    }

    private sealed record Step(Kind Kind, int Number);
}
