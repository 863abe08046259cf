using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class SessionProperties
{
    private const int TtlMilliseconds = 1_000;
    private const int AbsoluteMilliseconds = 3_000;

    private static readonly Gen<Step> Steps =
        from kind in Gen.Frequency(
            (3, Gen.Constant(Kind.Create)), (8, Gen.Constant(Kind.Validate)), (4, Gen.Constant(Kind.Check)), (1, Gen.Constant(Kind.Rotate)),
            (1, Gen.Constant(Kind.Revoke)), (1, Gen.Constant(Kind.Hibernate)))
        from pause in Gen.Frequency((3, Gen.Choose(0, 60)), (3, Gen.Choose(95, 105)), (2, Gen.Choose(300, 1_100)))
        from alarms in Gen.Elements(true, false)
        from which in Gen.Choose(0, 5)
        select new Step(kind, pause, alarms, which);

    [Fact]
    public void It_expires_as_a_list_of_sessions_would_whether_or_not_its_alarms_come_in_time() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), ExpiresAsTheReference).Check(Repeatable.Config.WithMaxTest(40));

    private static async Task ExpiresAsTheReference(IEnumerable<Step> steps)
    {
        await using TestHost host = TestHost.Of(typeof(Session));
        ISession sessions = host.Objects.Get<ISession>("ada");
        List<Entry> all = [];
        foreach (Step step in steps)
        {
            TimeSpan pause = TimeSpan.FromMilliseconds(step.Pause);
            if (step.Alarms)
            {
                await host.AdvanceAsync(pause);
            }
            else
            {
                host.Clock.Advance(pause);
            }
            long now = host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            all.RemoveAll(one => one.ExpiresAt <= now);
            Entry? one = all.Count > 0 ? all[step.Which % all.Count] : null;
            switch (step.Kind)
            {
                case Kind.Create:
                    SessionTicket ticket = await sessions.Create("d", TtlMilliseconds / 1_000m, AbsoluteMilliseconds / 1_000m);
                    all.Add(new Entry(ticket.SessionId, ticket.Token, now, now + TtlMilliseconds, now + AbsoluteMilliseconds));
                    break;
                case Kind.Validate when one is not null:
                    one.Touch(now);
                    Assert.Equal(one.ExpiresAt, (await sessions.Validate(one.Token)).ExpiresAt.ToUnixTimeMilliseconds());
                    break;
                case Kind.Check when one is not null:
                    Assert.Equal(one.ExpiresAt, (await sessions.Check(one.Token)).ExpiresAt.ToUnixTimeMilliseconds());
                    break;
                case Kind.Rotate when one is not null:
                    string former = one.Token;
                    one.Touch(now);
                    one.Token = (await sessions.Rotate(one.Token)).Token;
                    await Assert.ThrowsAsync<DurableObjectException>(() => sessions.Check(former));
                    break;
                case Kind.Revoke when one is not null:
                    Assert.True(await sessions.Revoke(one.Id));
                    all.Remove(one);
                    break;
                case Kind.Hibernate:
                    await host.HibernateAllAsync(rebuild: true);
                    break;
            }
            Assert.Equal(
                all.Select(entry => (entry.Id, entry.ExpiresAt)).Order(),
                (await sessions.Devices()).Select(entry => (entry.SessionId, entry.ExpiresAt.ToUnixTimeMilliseconds())).Order());
            if (all.Count == 0 && step.Alarms)
            {
                Assert.False(host.SummaryOf(host.Address<ISession>("ada")).Exists);
            }
        }
    }

    private enum Kind { Create, Validate, Check, Rotate, Revoke, Hibernate }

    private sealed record Step(Kind Kind, int Pause, bool Alarms, int Which);

    private sealed class Entry(string id, string token, long seenAt, long expiresAt, long endsAt)
    {
        private long _seenAt = seenAt;

        public string Id { get; } = id;

        public string Token { get; set; } = token;

        public long ExpiresAt { get; private set; } = expiresAt;

        public void Touch(long now)
        {
            if (now - _seenAt >= TtlMilliseconds / 10)
            {
                (_seenAt, ExpiresAt) = (now, Math.Min(now + TtlMilliseconds, endsAt));
            }
        }
    }
}
