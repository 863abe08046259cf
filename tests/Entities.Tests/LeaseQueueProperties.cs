using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

/// <summary>The queue under lock, semaphore and election, seen through a semaphore, against lists of all leases and places.</summary>
public sealed class LeaseQueueProperties
{
    private const int Limit = 3;

    private static readonly Gen<Step> Steps =
        from pause in Gen.Frequency((3, Gen.Constant(0)), (5, Gen.Choose(1, 40)), (2, Gen.Choose(90, 210)))
        from alarm in Gen.Frequency((3, Gen.Constant(true)), (2, Gen.Constant(false)))
        from hibernate in Gen.Frequency((19, Gen.Constant(false)), (1, Gen.Constant(true)))
        from kind in Gen.Choose(0, 9)
        from owner in Gen.Choose(0, 4)
        from permits in Gen.Choose(1, Limit)
        from ttl in Gen.Choose(1, 10)
        from wait in Gen.Choose(0, 20)
        from isOld in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Step(pause, alarm, hibernate, kind, $"owner {owner}", permits, ttl * 20, wait * 10, isOld);

    [Fact]
    public void It_grants_as_lists_of_leases_and_places_would() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), GrantsAsTheReference).Check(Repeatable.Config);

    private static async Task GrantsAsTheReference(IEnumerable<Step> steps)
    {
        await using TestHost host = TestHost.Of(typeof(DistributedSemaphore));
        IDistributedSemaphore semaphore = host.Objects.Get<IDistributedSemaphore>("printers");
        Reference reference = new();
        Dictionary<string, long> tokens = [];
        foreach (Step step in steps)
        {
            await PassAsync(host, reference, step);
            Learn(await semaphore.State(), tokens);
            long now = host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            long token = tokens.GetValueOrDefault(step.Owner, 7) - (step.IsOld ? 1 : 0);
            // Of what this very turn grants nobody knows the token yet.
            bool isHeld = !step.IsOld && reference.Holds(step.Owner, now);
            switch (step.Kind)
            {
                case < 6 when reference.DiffersInPermits(step.Owner, step.Permits, now):
                    await Expect.Refusal(409, "permits-differ", () => AcquireAsync(semaphore, step));
                    break;
                case < 6:
                    LeaseResult result = await AcquireAsync(semaphore, step);
                    reference.Acquire(step, now);
                    Assert.Equal(reference.Holds(step.Owner, now), result.Acquired);
                    break;
                case 6 when !isHeld:
                    await Expect.Refusal(409, "lease-lost", () => semaphore.Renew(step.Owner, token, step.Ttl / 1_000m));
                    break;
                case 6:
                    await semaphore.Renew(step.Owner, token, step.Ttl / 1_000m);
                    reference.Renew(step.Owner, now, now + step.Ttl);
                    break;
                case 7 or 8:
                    Assert.Equal(isHeld, await semaphore.Release(step.Owner, token));
                    reference.Release(isHeld ? step.Owner : null, now);
                    break;
                default:
                    Assert.Equal(reference.Waits(step.Owner, now), await semaphore.Cancel(step.Owner));
                    reference.Cancel(step.Owner, now);
                    break;
            }
            SemaphoreState state = await semaphore.State();
            Assert.Equal(reference.Text(now), Text(state));
            Learn(state, tokens);
        }
    }

    /// <summary>Learns the tokens of new leases, each of which is larger than all that were granted before.</summary>
    private static void Learn(SemaphoreState state, Dictionary<string, long> tokens)
    {
        long last = tokens.Values.DefaultIfEmpty().Max();
        foreach (SemaphoreLease lease in state.Holders.Where(lease => lease.FencingToken != tokens.GetValueOrDefault(lease.Owner)))
        {
            Assert.True(lease.FencingToken > last, $"the token {lease.FencingToken} was granted after {last}");
            tokens[lease.Owner] = last = lease.FencingToken;
        }
    }

    private static Task<LeaseResult> AcquireAsync(IDistributedSemaphore semaphore, Step step) =>
        semaphore.Acquire(step.Owner, Limit, step.Ttl / 1_000m, step.Permits, step.Wait / 1_000m);

    /// <summary>Time goes by, and alarms ring to the millisecond or not at all.</summary>
    private static async Task PassAsync(TestHost host, Reference reference, Step step)
    {
        long end = host.Clock.GetUtcNow().ToUnixTimeMilliseconds() + step.Pause;
        if (step.Hibernate)
        {
            await host.HibernateAllAsync(rebuild: true);
        }
        if (!step.Alarm)
        {
            host.Clock.Advance(TimeSpan.FromMilliseconds(step.Pause));
            return;
        }
        for (long now = host.Clock.GetUtcNow().ToUnixTimeMilliseconds(); now <= end; now++)
        {
            reference.Settle(now);
        }
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(step.Pause));
    }

    private static string Text(SemaphoreState state) => string.Join(
        ", ",
        state.Holders.Select(lease => $"{lease.Owner} has {lease.Permits} until {lease.ExpiresAt.ToUnixTimeMilliseconds()}")
            .Concat(state.Queue.Select(place => $"{place.Owner} wants {place.Permits} until {place.WaitsUntil.ToUnixTimeMilliseconds()}")));

    private sealed record Step(
        int Pause, bool Alarm, bool Hibernate, int Kind, string Owner, int Permits, int Ttl, int Wait, bool IsOld);

    /// <summary>Leases in the order of their grants, and places in the order of their coming.</summary>
    private sealed class Reference
    {
        private readonly List<(string Owner, int Permits, long Ends)> _leases = [];
        private readonly List<(string Owner, int Permits, int Ttl, long Ends)> _places = [];

        public bool Holds(string owner, long now) => _leases.Exists(lease => lease.Owner == owner && lease.Ends > now);

        /// <summary>Whether an owner that asks for so many permits holds others, which refuses it and so changes nothing.</summary>
        public bool DiffersInPermits(string owner, int permits, long now)
        {
            Reference settled = new();
            settled._leases.AddRange(_leases);
            settled._places.AddRange(_places);
            settled.Settle(now);
            return settled._leases.Exists(lease => lease.Owner == owner && lease.Permits != permits);
        }

        public bool Waits(string owner, long now) => _places.Exists(place => place.Owner == owner && place.Ends > now);

        public void Acquire(Step step, long now)
        {
            Settle(now);
            if (Holds(step.Owner, now))
            {
                return;
            }
            int index = _places.FindIndex(place => place.Owner == step.Owner);
            bool isNew = index < 0;
            long ends = isNew ? now + step.Wait : Math.Max(_places[index].Ends, now + step.Wait);
            (string, int, int, long) place = (step.Owner, step.Permits, step.Ttl, ends);
            if (isNew)
            {
                _places.Add(place);
            }
            else
            {
                _places[index] = place;
            }
            Grant(now);
            _places.RemoveAll(one => one.Owner == step.Owner && isNew && step.Wait == 0);
        }

        public void Renew(string owner, long now, long ends)
        {
            Settle(now);
            int index = _leases.FindIndex(lease => lease.Owner == owner);
            _leases[index] = _leases[index] with { Ends = ends };
        }

        public void Release(string? owner, long now)
        {
            _leases.RemoveAll(lease => lease.Owner == owner);
            Settle(now);
        }

        public void Cancel(string owner, long now)
        {
            _places.RemoveAll(place => place.Owner == owner);
            Settle(now);
        }

        public void Settle(long now)
        {
            _leases.RemoveAll(lease => lease.Ends <= now);
            _places.RemoveAll(place => place.Ends <= now);
            Grant(now);
        }

        public string Text(long now) => string.Join(
            ", ",
            _leases.Where(lease => lease.Ends > now).Select(lease => $"{lease.Owner} has {lease.Permits} until {lease.Ends}")
                .Concat(_places.Where(place => place.Ends > now)
                    .Select(place => $"{place.Owner} wants {place.Permits} until {place.Ends}")));

        private void Grant(long now)
        {
            while (_places.Count > 0 && _leases.Sum(lease => lease.Permits) + _places[0].Permits <= Limit)
            {
                _leases.Add((_places[0].Owner, _places[0].Permits, now + _places[0].Ttl));
                _places.RemoveAt(0);
            }
        }
    }
}
