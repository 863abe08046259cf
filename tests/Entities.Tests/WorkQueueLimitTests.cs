using System.Text.Json;

namespace DurableObjects.Entities.Tests;

/// <summary>How much of everything a queue takes.</summary>
public sealed class WorkQueueLimitTests : WorkQueueTestBase
{
    [Fact]
    public async Task Arguments_have_limits_on_both_sides()
    {
        await Expect.InvalidArgument(() => Queue.Enqueue(Text(WorkLimits.PayloadBytes - 1)), "'payload'", "65,537", "65,536");
        await Queue.Enqueue(Text(WorkLimits.PayloadBytes - 2));
        await Queue.Enqueue(Json("null"));
        await Expect.InvalidArgument(() => Queue.Enqueue(Json("1"), priority: 101), "'priority'", "-100", "100");
        await Expect.InvalidArgument(() => Queue.Enqueue(Json("1"), priority: -101), "'priority'");
        foreach (decimal delay in (decimal[])[-0.001m, 0.0001m, 604_800.001m, decimal.MaxValue, decimal.MinValue])
        {
            await Expect.InvalidArgument(() => Queue.Enqueue(Json("1"), delaySeconds: delay), "'delaySeconds'", "604800");
        }
        await Queue.Enqueue(Json("1"), delaySeconds: 604_800);
        await Expect.InvalidArgument(() => Queue.Enqueue(Json("1"), id: ""), "'id'", "128");
        await Expect.InvalidArgument(() => Queue.Enqueue(Json("1"), id: new string('x', 129)), "'id'");
        await Queue.Enqueue(Json("1"), id: new string('x', 128));

        await Expect.InvalidArgument(() => Queue.Receive(""), "'worker'");
        await Expect.InvalidArgument(() => Queue.Receive(new string('w', 129)), "'worker'", "129", "128");
        await Expect.InvalidArgument(() => Queue.Receive("w", max: 0), "'max'");
        await Expect.InvalidArgument(() => Queue.Receive("w", max: 101), "'max'", "100");
        await Expect.InvalidArgument(() => Queue.Receive("w", visibilitySeconds: 0.099m), "'visibilitySeconds'", "0.1");
        await Expect.InvalidArgument(() => Queue.Receive("w", visibilitySeconds: 43_200.001m), "'visibilitySeconds'", "43200");
        Assert.Equal(3, (await Queue.Receive(new string('w', 128), max: 100, visibilitySeconds: 43_200)).Count);

        await Expect.InvalidArgument(() => Queue.Extend("x", "r", 0), "'visibilitySeconds'");
        await Expect.InvalidArgument(() => Queue.Abandon("x", "r", -1), "'delaySeconds'");
        await Expect.InvalidArgument(() => Queue.Complete("", "r"), "'id'");
        await Expect.InvalidArgument(() => Queue.Configure(maxDeliveries: 0), "'maxDeliveries'", "1000");
        await Expect.InvalidArgument(() => Queue.Configure(maxDeliveries: 1_001), "'maxDeliveries'");
        await Expect.InvalidArgument(() => Queue.Configure(dedupeSeconds: -1), "'dedupeSeconds'");
        await Expect.InvalidArgument(() => Queue.Configure(dedupeSeconds: 604_801), "'dedupeSeconds'", "604800");
        Assert.Equal(new WorkQueueSettings(1_000, 604_800), await Queue.Configure(1_000, 604_800));
    }

    [Fact]
    public async Task Payloads_have_a_limit_together_and_completing_makes_room()
    {
        int each = WorkLimits.PayloadBytes;
        for (long i = 0; i < WorkLimits.MaxBytes / each; i++)
        {
            await Queue.Enqueue(Text(each - 2));
        }
        Assert.Equal(WorkLimits.MaxBytes, (await Queue.Status()).Bytes);
        await Expect.Refusal(409, WorkQueue.TooManyBytes, () => Queue.Enqueue(Json("1")), "33,554,432");
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        await Queue.Complete(job.Id, job.Receipt);
        await Queue.Enqueue(Json("1"));
    }

    [Fact]
    public async Task A_payload_is_nested_no_deeper_than_what_goes_around_it_allows()
    {
        await Queue.Enqueue(Json(Nested(JsonLimits.Depth)), id: "a");
        await Expect.InvalidArgument(() => Queue.Enqueue(Json(Nested(JsonLimits.Depth + 1))), "'payload'", "32");

        Assert.Equal(Nested(JsonLimits.Depth), Assert.Single(await Queue.Receive("w")).Payload.GetRawText());

        static string Nested(int depth) => new string('[', depth) + new string(']', depth);
    }

    [Theory]
    [InlineData("ready", WorkLimits.MaxJobs, WorkQueue.TooManyJobs)]
    [InlineData("dead", WorkLimits.MaxJobs, WorkQueue.TooManyJobs)]
    [InlineData("taken", WorkLimits.MaxTakenIds, WorkQueue.TooManyIds)]
    public async Task Jobs_and_taken_ids_have_a_limit(string what, int limit, string code)
    {
        await EnqueueAsync("a");
        // As if so many had been enqueued; it would take a minute.
        await Host.HibernateAllAsync();
        Tables.Change(Host.DatabaseOf(Address), $"UPDATE tally SET number = {limit - 1} WHERE what = '{what}'");
        if (what == "taken")
        {
            await EnqueueAsync("b");
            await CompleteAsync();
            Assert.True((await Queue.Enqueue(Json("1"))).IsNew);
        }
        else if (what == "ready")
        {
            await EnqueueAsync("b");
        }
        await Expect.Refusal(409, code, () => EnqueueAsync("c"), "50,000");
    }

    private static JsonElement Text(int characters) => JsonSerializer.SerializeToElement(new string('x', characters));
}
