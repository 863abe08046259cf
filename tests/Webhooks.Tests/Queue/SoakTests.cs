using System.Globalization;
using System.Net;
using System.Text.Json;
using DurableObjects.Webhooks.Deliveries;
using DurableObjects.Webhooks.Queue;

namespace DurableObjects.Webhooks.Tests.Queue;

/// <summary>
/// Many customers, a target that fails at random, and a host that is killed at random throughout: what it was about to deliver is
/// forgotten, databases are lost and rebuilt, and attempts are made whose outcome nobody records.
/// </summary>
public sealed class SoakTests
{
    /// <summary>The default of a source.</summary>
    private const double Jitter = 0.2;

    /// <summary>How many events each customer has, if it is said: <c>WEBHOOK_EVENTS=100</c> makes ten thousand of the first row.</summary>
    private static readonly int? Events =
        int.TryParse(Environment.GetEnvironmentVariable("WEBHOOK_EVENTS"), CultureInfo.InvariantCulture, out int events) ? events : null;

    [Theory]
    [InlineData(1, true, 100, 8)]
    [InlineData(2, false, 20, 50)]
    [InlineData(3, true, 20, 50)]
    [InlineData(4, false, 20, 50)]
    public async Task Every_event_is_delivered_in_order_with_each_attempt_in_the_trail_at_the_policys_intervals(
        int seed, bool forwards, int customers, int eventsEach)
    {
        eventsEach = Events ?? eventsEach;
        Random random = new(seed);
        // Their own, since the waits depend on the workflows' ids, which are new each time, and the workload is to be the same.
        Random luck = new(seed + 1_000);
        await using QueueBed bed = new(
            new Dictionary<string, string?> { ["MaxAttempts"] = "30" }, forwards, forwards ? [] : [typeof(SoakHandler)]);
        Dictionary<(string Key, string Id), List<(DateTimeOffset At, bool Succeeded)>> seen = [];
        List<(string Key, string Id)> firstSuccesses = [];
        bed.Target.Otherwise = arrival =>
        {
            int chance = luck.Next(100);
            (string Key, string Id) one = (arrival.Key, arrival.Id);
            if (!seen.TryGetValue(one, out List<(DateTimeOffset At, bool Succeeded)>? times))
            {
                seen.Add(one, times = []);
            }
            bool succeeds = chance >= 15;
            if (succeeds && !times.Exists(time => time.Succeeded))
            {
                firstSuccesses.Add(one);
            }
            times.Add((arrival.At, succeeds));
            return chance switch
            {
                < 5 => new HttpResponseMessage(HttpStatusCode.InternalServerError) { Content = new StringContent("not now") },
                < 10 => throw new TaskCanceledException("timed out"),
                < 15 => throw new HttpRequestException("reset"),
                _ => new HttpResponseMessage(HttpStatusCode.OK),
            };
        };
        bed.Host.LosesOutcome = () => luck.Next(100) < 3;
        // Every customer's events come in their order; which customer's comes next is up to chance.
        int[] sent = new int[customers];
        int kills = 0;
        // To build every database anew takes the longer the more there are.
        int rarity = customers * eventsEach / 200;
        for (int i = 0; i < customers * eventsEach; i++)
        {
            int customer = random.Next(customers);
            while (sent[customer] == eventsEach)
            {
                customer = (customer + 1) % customers;
            }
            bed.Host.DeliversAutomatically = random.Next(3) > 0;
            Assert.True(await bed.SendAsync(IdOf(sent[customer]++), KeyOf(customer)));
            if (random.Next(10) == 0)
            {
                await AdvanceAsync(bed, TimeSpan.FromMilliseconds(random.Next(2_000)));
            }
            if (random.Next(75) == 0)
            {
                kills++;
                await KillAsync(bed, random, rarity);
            }
        }
        for (int i = 0; i < 20; i++)
        {
            await KillAsync(bed, random, rarity);
            await AdvanceAsync(bed, TimeSpan.FromMinutes(10));
        }
        bed.Host.LosesOutcome = null;
        await bed.Host.DrainAsync();
        await AdvanceAsync(bed, TimeSpan.FromHours(2));

        Assert.True(kills >= customers * eventsEach / 150, $"{kills} kills");
        int retries = 0;
        for (int customer = 0; customer < customers; customer++)
        {
            string key = KeyOf(customer);
            Assert.Equal(
                Enumerable.Range(0, eventsEach).Select(IdOf), firstSuccesses.Where(one => one.Key == key).Select(one => one.Id));
            WebhookQueueStatus status = await bed.Queue(key).Status();
            Assert.Equal((0, 0, null), (status.Waiting, status.Dead, status.Running));
            for (int i = 0; i < eventsEach; i++)
            {
                WebhookDelivery delivery = await bed.DeliveryAsync(IdOf(i), key);
                Assert.Equal(WebhookDeliveryState.Delivered, delivery.State);
                IReadOnlyList<WebhookAttempt> trail = delivery.Attempts!;
                Assert.Equal(
                    seen[(key, IdOf(i))], trail.Select(one => (one.StartedAt, one.Outcome == WebhookAttemptOutcome.Delivered)));
                foreach ((WebhookAttempt one, WebhookAttempt next) in
                    trail.Zip(trail.Skip(1)).Where(pair => pair.First.Number < pair.Second.Number))
                {
                    retries++;
                    double nominal = Math.Pow(2, one.Number - 1);
                    // Before the target stands a circuit breaker, whose breaks may make a wait longer.
                    Assert.InRange(
                        (next.StartedAt - one.EndedAt!.Value).TotalSeconds, nominal * (1 - Jitter) - 0.001,
                        forwards ? double.MaxValue : nominal + 0.001);
                }
            }
        }
        Assert.True(retries > customers * eventsEach / 20, $"{retries} retries");
    }

    private static string KeyOf(int customer) => $"customer-{customer}";

    private static string IdOf(int number) => $"msg_{number:000}";

    private static async Task KillAsync(QueueBed bed, Random random, int rarity)
    {
        await bed.Host.HibernateAllAsync(rebuild: random.Next(rarity) == 0);
        await bed.Host.DrainAsync(random.Next(2) == 0 ? random.Next(20) : int.MaxValue);
    }

    /// <summary>Time passes only for a host that has done what it had to, or waits would be those of a host that was down.</summary>
    private static async Task AdvanceAsync(QueueBed bed, TimeSpan by)
    {
        bed.Host.DeliversAutomatically = true;
        await bed.Host.DeliverAsync();
        await bed.Host.AdvanceAsync(by);
    }
}

/// <summary>Does what the target would.</summary>
[WebhookHandler("shop", "order.paid")]
internal sealed class SoakHandler(Target target) : WebhookHandler<JsonElement>
{
    protected override Task HandleAsync(WebhookEvent<JsonElement> e, CancellationToken cancellation)
    {
        Dictionary<string, string> headers = new() { ["X-Webhook-Delivery"] = e.Id, ["X-Webhook-Key"] = Uri.EscapeDataString(e.Key) };
        Arrival arrival = new(new Uri(QueueBed.Url), headers, e.RawBody.ToArray(), target.Clock.GetUtcNow());
        target.Otherwise(arrival).EnsureSuccessStatusCode();
        return Task.CompletedTask;
    }
}
