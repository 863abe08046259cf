using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DurableObjects.Breakers;
using DurableObjects.Harness;
using DurableObjects.Turns;
using DurableObjects.Webhooks.Deliveries;
using DurableObjects.Webhooks.Queue;
using DurableObjects.Webhooks.Signatures;
using DurableObjects.Workflows;

namespace DurableObjects.Webhooks.Tests.Queue;

public sealed class WebhookQueueTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static Dictionary<string, string?> With(params (string Name, string Value)[] settings) =>
        settings.ToDictionary(one => one.Name, one => (string?)one.Value);

    private static IEnumerable<KeyValuePair<string, string>> SignatureOf(WebhookRequest request) =>
        new[] { "webhook-id", "webhook-timestamp", "webhook-signature" }.Select(name => KeyValuePair.Create(name, request.Header(name)[0]));

    [Fact]
    public async Task A_webhook_is_forwarded_as_it_came_with_the_headers_of_its_signature()
    {
        await using QueueBed bed = new();
        Assert.True(await bed.SendAsync("msg_1", "ann/é", body: """{ "type":"order.paid",  "odd":  "ö" }"""));
        Arrival arrival = Assert.Single(bed.Target.Arrivals);
        Assert.Equal(QueueBed.Url, arrival.Url.ToString());
        Assert.Equal("""{ "type":"order.paid",  "odd":  "ö" }""", Encoding.UTF8.GetString(arrival.Body));
        Assert.Equal("application/json", arrival.Headers["Content-Type"]);
        Assert.Equal(
            ("msg_1", "msg_1", 1, "ann/é", "shop", "order.paid"),
            (arrival.Id, arrival.Headers["webhook-id"], arrival.Attempt, arrival.Key, arrival.Headers["X-Webhook-Source"],
                arrival.Headers["X-Webhook-Type"]));
        Assert.False(arrival.Headers.ContainsKey("X-Other"));
        WebhookRequest again = new(arrival.Body, arrival.Headers.Select(header => KeyValuePair.Create(header.Key, header.Value)));
        Assert.True(bed.Intake().Source("shop").Verify(again, bed.Host.Clock.GetUtcNow()).IsVerified);
    }

    [Fact]
    public async Task The_audit_trail_says_when_it_was_received_verified_and_attempted_with_what_outcome()
    {
        await using QueueBed bed = new();
        bed.Target.Fail(1, HttpStatusCode.BadGateway);
        DateTimeOffset start = bed.Host.Clock.GetUtcNow();
        await bed.SendAsync("msg_1");
        await bed.Host.AdvanceAsync(Minute);
        WebhookDelivery delivery = await bed.DeliveryAsync("msg_1");
        Assert.Equal(
            (WebhookDeliveryState.Delivered, "order.paid", start, start, start, 1, true),
            (delivery.State, delivery.Type, delivery.ReceivedAt, delivery.VerifiedAt, delivery.StoredAt, delivery.Round, delivery.HasBody));
        Assert.Equal(2, delivery.Attempts!.Count);
        Assert.Equal(
            new WebhookAttempt(1, 1, start, start, WebhookAttemptOutcome.Failed, 502, "The target answered 502.", "no"),
            delivery.Attempts[0]);
        Assert.Equal(
            (2, WebhookAttemptOutcome.Delivered, 200, null),
            (delivery.Attempts[1].Number, delivery.Attempts[1].Outcome, delivery.Attempts[1].Status, delivery.Attempts[1].Error));
        Assert.Equal(delivery.Attempts[1].EndedAt, delivery.EndedAt);
    }

    [Fact]
    public async Task Deliveries_of_a_key_go_one_at_a_time_in_the_order_of_their_arrival()
    {
        await using QueueBed bed = new();
        bed.Target.Fail(3);
        for (int i = 0; i < 5; i++)
        {
            await bed.SendAsync($"msg_{i}");
        }
        Assert.Equal(["msg_0"], bed.Target.Ids);
        Assert.Equal(WebhookDeliveryState.Waiting, await bed.StateAsync("msg_1"));
        await bed.Host.AdvanceAsync(Minute);
        Assert.Equal(["msg_0", "msg_0", "msg_0", "msg_0", "msg_1", "msg_2", "msg_3", "msg_4"], bed.Target.Ids);
    }

    [Fact]
    public async Task One_key_does_not_wait_for_another()
    {
        await using QueueBed bed = new();
        bed.Target.Fail(1);
        await bed.SendAsync("msg_1", "ann");
        await bed.SendAsync("msg_1", "ben");
        Assert.Equal(WebhookDeliveryState.Running, await bed.StateAsync("msg_1", "ann"));
        Assert.Equal(WebhookDeliveryState.Delivered, await bed.StateAsync("msg_1", "ben"));
    }

    [Fact]
    public async Task The_same_delivery_twice_is_taken_once_whatever_has_become_of_it()
    {
        await using QueueBed bed = new();
        bed.Target.Fail(1);
        Assert.True(await bed.SendAsync("msg_1"));
        Assert.False(await bed.SendAsync("msg_1"));
        await bed.Host.AdvanceAsync(Minute);
        Assert.False(await bed.SendAsync("msg_1"));
        Assert.Equal(2, bed.Target.Arrivals.Count);
    }

    [Fact]
    public async Task The_delays_between_attempts_grow_by_the_policy_to_its_cap()
    {
        await using QueueBed bed = new(
            With(("MaxDelay", "00:00:06"), ("Factor", "2"), ("Jitter", "0.5"), ("MaxAttempts", "6")), true, typeof(PaidHandler));
        bed.Target.Fail(5);
        await bed.SendAsync("msg_1");
        await bed.Host.AdvanceAsync(Minute);
        IReadOnlyList<WebhookAttempt> attempts = (await bed.DeliveryAsync("msg_1")).Attempts!;
        double[] nominal = [1, 2, 4, 6, 6];
        double[] delays = [.. attempts.Zip(attempts.Skip(1), (one, next) => (next.StartedAt - one.EndedAt!.Value).TotalSeconds)];
        Assert.All(delays.Zip(nominal), pair => Assert.InRange(pair.First, pair.Second / 2, pair.Second));
        Assert.NotEqual(nominal, delays);
    }

    [Fact]
    public async Task A_target_that_says_when_to_come_again_is_heeded_up_to_the_cap()
    {
        await using QueueBed bed = new(With(("MaxDelay", "00:01:00"), ("Jitter", "0")));
        foreach (RetryConditionHeaderValue wait in (RetryConditionHeaderValue[])
            [new(TimeSpan.FromSeconds(20)), new(bed.Host.Clock.GetUtcNow().AddSeconds(50)), new(TimeSpan.FromDays(1))])
        {
            bed.Target.Answers.Enqueue(
                () => new HttpResponseMessage(HttpStatusCode.UnprocessableEntity) { Headers = { RetryAfter = wait } });
        }
        await bed.SendAsync("msg_1");
        await bed.Host.AdvanceAsync(5 * Minute);
        DateTimeOffset start = bed.Target.Arrivals[0].At;
        Assert.Equal([0, 20, 50, 110], bed.Target.Arrivals.Select(one => (one.At - start).TotalSeconds));
    }

    [Fact]
    public async Task After_its_last_attempt_it_is_a_dead_letter_and_the_queue_goes_on()
    {
        await using QueueBed bed = new(With(("MaxAttempts", "2")));
        bed.Target.Fail(2);
        await bed.SendAsync("msg_1");
        await bed.SendAsync("msg_2");
        await bed.Host.AdvanceAsync(Minute);
        WebhookDelivery dead = await bed.DeliveryAsync("msg_1");
        Assert.Equal((WebhookDeliveryState.Dead, 2), (dead.State, dead.Attempts!.Count));
        Assert.Contains("answered 500", dead.Error, StringComparison.Ordinal);
        Assert.Equal(WebhookDeliveryState.Delivered, await bed.StateAsync("msg_2"));
        Assert.Equal(1, (await bed.Queue().Status()).Dead);
    }

    [Fact]
    public async Task Configured_to_it_stops_at_a_dead_letter_and_goes_on_when_that_is_delivered_again()
    {
        await using QueueBed bed = new(With(("MaxAttempts", "2"), ("OnDeadLetter", "stop")));
        bed.Target.Fail(2);
        await bed.SendAsync("msg_1");
        await bed.SendAsync("msg_2");
        await bed.Host.AdvanceAsync(Minute);
        WebhookQueueStatus status = await bed.Queue().Status();
        Assert.Equal(
            (1, 1, null, WebhookQueueStop.DeadLetter, "msg_1"),
            (status.Waiting, status.Dead, status.Running, status.Stop, status.StoppedAt));
        await bed.SendAsync("msg_3");
        Assert.Equal(["msg_1", "msg_1"], bed.Target.Ids);

        Assert.Equal(1, await bed.Queue().Redeliver(["msg_1"]));

        Assert.Equal(["msg_1", "msg_1", "msg_1", "msg_2", "msg_3"], bed.Target.Ids);
        Assert.Null((await bed.Queue().Status()).Stop);
    }

    [Fact]
    public async Task A_stopped_queue_goes_on_when_it_is_resumed_or_the_dead_letter_is_skipped()
    {
        await using QueueBed bed = new(With(("MaxAttempts", "1"), ("OnDeadLetter", "stop")));
        bed.Target.Fail(2);
        for (int i = 1; i <= 3; i++)
        {
            await bed.SendAsync($"msg_{i}");
        }
        Assert.True(await bed.Queue().Resume());
        Assert.Equal("msg_2", (await bed.Queue().Status()).StoppedAt);
        await bed.Queue(caller: Caller.Of("ann", "contributor")).Skip("msg_2");
        Assert.False(await bed.Queue().Resume());
        Assert.Equal(
            (WebhookDeliveryState.Dead, WebhookDeliveryState.Skipped, WebhookDeliveryState.Delivered),
            (await bed.StateAsync("msg_1"), await bed.StateAsync("msg_2"), await bed.StateAsync("msg_3")));
        Assert.Equal("Skipped by ann.", (await bed.DeliveryAsync("msg_2")).Error);
    }

    [Fact]
    public async Task Some_or_all_dead_letters_are_delivered_again_in_the_order_of_their_arrival_before_what_waits()
    {
        await using QueueBed bed = new(With(("MaxAttempts", "1")), true, typeof(PaidHandler));
        bed.Target.Fail(4);
        for (int i = 1; i <= 4; i++)
        {
            await bed.SendAsync($"msg_{i}");
        }
        Assert.Equal(4, (await bed.Queue().Status()).Dead);
        Assert.Equal(2, await bed.Queue().Redeliver(["msg_3", "msg_1", "msg_3"]));
        Assert.Equal(2, await bed.Queue().RedeliverDead());
        Assert.Equal(
            ["msg_1", "msg_3", "msg_2", "msg_4"], (await bed.Host.Objects.Get<ILedger>("ann").Noted()).Select(one => one.Split(' ')[2]));
        WebhookDelivery delivery = await bed.DeliveryAsync("msg_1");
        Assert.Equal(
            [(1, 1, WebhookAttemptOutcome.Failed), (2, 1, WebhookAttemptOutcome.Delivered)],
            delivery.Attempts!.Select(one => (one.Round, one.Number, one.Outcome)));
    }

    [Fact]
    public async Task One_that_was_delivered_can_be_delivered_again()
    {
        await using QueueBed bed = new();
        await bed.SendAsync("msg_1");
        await bed.Queue().Redeliver(["msg_1"]);
        Assert.Equal(["msg_1", "msg_1"], bed.Target.Ids);
        Assert.Equal(2, (await bed.DeliveryAsync("msg_1")).Round);
    }

    [Fact]
    public async Task Redelivery_is_all_or_none_of_those_named()
    {
        await using QueueBed bed = new();
        await bed.SendAsync("msg_1");
        bed.Target.Fail(1);
        await bed.SendAsync("msg_2");
        DurableObjectException unknown = await Assert.ThrowsAsync<DurableObjectException>(() => bed.Queue().Redeliver(["msg_1", "none"]));
        Assert.Equal((404, WebhookErrorCodes.UnknownDelivery), (unknown.Status, unknown.Code));
        DurableObjectException running = await Assert.ThrowsAsync<DurableObjectException>(() => bed.Queue().Redeliver(["msg_1", "msg_2"]));
        Assert.Equal((409, WebhookErrorCodes.DeliveryState), (running.Status, running.Code));
        Assert.Equal(WebhookDeliveryState.Delivered, await bed.StateAsync("msg_1"));
        Assert.Equal(400, (await Assert.ThrowsAsync<DurableObjectException>(() => bed.Queue().Redeliver([]))).Status);
    }

    [Fact]
    public async Task One_that_runs_can_be_skipped()
    {
        await using QueueBed bed = new();
        bed.Target.Fail(1);
        await bed.SendAsync("msg_1");
        await bed.SendAsync("msg_2");
        await bed.Queue().Skip("msg_1");
        Assert.Equal(
            (WebhookDeliveryState.Skipped, WebhookDeliveryState.Delivered), (await bed.StateAsync("msg_1"), await bed.StateAsync("msg_2")));
        await bed.Host.AdvanceAsync(Minute);
        Assert.Equal(["msg_1", "msg_2"], bed.Target.Ids);
        Assert.Equal(409, (await Assert.ThrowsAsync<DurableObjectException>(() => bed.Queue().Skip("msg_1"))).Status);
    }

    [Fact]
    public async Task What_has_ended_is_kept_for_the_retention_and_dead_letters_until_they_are_decided_on()
    {
        await using QueueBed bed = new(With(("MaxAttempts", "1"), ("Retention", "2.00:00:00")));
        bed.Target.Fail(1);
        await bed.SendAsync("dead");
        await bed.SendAsync("msg_1");
        await bed.Host.AdvanceAsync(TimeSpan.FromDays(2) - Minute);
        Assert.False(await bed.SendAsync("msg_1"));
        await bed.Host.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Null(await bed.Queue().Delivery("msg_1"));
        Assert.True(await bed.SendAsync("msg_1"));
        Assert.Equal(WebhookDeliveryState.Dead, await bed.StateAsync("dead"));
        await bed.Queue().Redeliver(["dead"]);
        await bed.Host.AdvanceAsync(TimeSpan.FromDays(3));
        Assert.Empty((await bed.Queue().Deliveries()).Deliveries);
        Assert.Equal(0, (await bed.Queue().Status()).BodyBytes);
    }

    [Fact]
    public async Task A_full_queue_refuses_what_is_new_and_knows_what_is_not()
    {
        await using QueueBed bed = new(With(("MaxWaiting", "3"), ("MaxAttempts", "2")));
        bed.Target.Otherwise = _ => new HttpResponseMessage(HttpStatusCode.Conflict);
        for (int i = 1; i <= 3; i++)
        {
            Assert.True(await bed.SendAsync($"msg_{i}"));
        }
        DurableObjectException full = await Assert.ThrowsAsync<DurableObjectException>(() => bed.SendAsync("msg_4"));
        Assert.Equal((503, ErrorCodes.Overloaded, true, true), (full.Status, full.Code, full.Overloaded, full.Retryable));
        Assert.NotNull(full.RetryAfter);
        Assert.False(await bed.SendAsync("msg_2"));

        // Dead letters count, so that nothing that was taken is ever dropped.
        await bed.Host.AdvanceAsync(Minute);
        Assert.Equal(3, (await bed.Queue().Status()).Dead);
        await Assert.ThrowsAsync<DurableObjectException>(() => bed.SendAsync("msg_4"));
        await bed.Queue().Skip("msg_1");
        Assert.True(await bed.SendAsync("msg_4"));
    }

    [Fact]
    public async Task Bodies_of_what_has_ended_make_room_and_leave_their_trail()
    {
        await using QueueBed bed = new();
        string large = $$"""{"type":"x","pad":"{{new string('x', WebhookLimits.BodyBytes - 21)}}"}""";
        int fits = (int)(WebhookLimits.QueueBytes / WebhookLimits.BodyBytes);
        for (int i = 0; i <= fits; i++)
        {
            await bed.SendAsync($"msg_{i}", body: large);
        }
        Assert.Equal(WebhookLimits.QueueBytes, (await bed.Queue().Status()).BodyBytes);
        WebhookDelivery oldest = await bed.DeliveryAsync("msg_0");
        Assert.Equal((false, 1), (oldest.HasBody, oldest.Attempts!.Count));
        Assert.True((await bed.DeliveryAsync("msg_1")).HasBody);
        DurableObjectException gone = await Assert.ThrowsAsync<DurableObjectException>(() => bed.Queue().Redeliver(["msg_0"]));
        Assert.Equal((410, WebhookErrorCodes.BodyGone), (gone.Status, gone.Code));
    }

    [Fact]
    public async Task Bodies_that_wait_are_bounded_too()
    {
        await using QueueBed bed = new();
        bed.Target.Otherwise = _ => new HttpResponseMessage(HttpStatusCode.Conflict);
        string large = $$"""{"type":"x","pad":"{{new string('x', WebhookLimits.BodyBytes - 21)}}"}""";
        int fits = (int)(WebhookLimits.QueueBytes / WebhookLimits.BodyBytes);
        for (int i = 0; i < fits; i++)
        {
            await bed.SendAsync($"msg_{i}", body: large);
        }
        Assert.Equal(503, (await Assert.ThrowsAsync<DurableObjectException>(() => bed.SendAsync("one-too-many"))).Status);
    }

    [Fact]
    public async Task The_breaker_opens_for_all_queues_when_the_target_dies_and_they_drain_when_it_is_back()
    {
        await using QueueBed bed = new(With(("MaxWaiting", "20")));
        bed.Target.Otherwise = _ => throw new HttpRequestException("The connection was refused.");
        for (int i = 0; i < 6; i++)
        {
            await bed.SendAsync("msg_0", $"customer-{i}");
        }
        ICircuitBreaker breaker = bed.Host.Objects.Get<ICircuitBreaker>("app.example.com");
        Assert.Equal(CircuitState.Open, (await breaker.Status()).State);

        // A queue that has not tried yet makes no attempt either.
        int before = bed.Target.Arrivals.Count;
        for (int i = 0; i < 20; i++)
        {
            await bed.SendAsync($"msg_{i}", "ann");
        }
        Assert.Equal(before, bed.Target.Arrivals.Count);
        Assert.Empty((await bed.DeliveryAsync("msg_0")).Attempts!);
        Assert.Equal(19, (await bed.Queue().Status()).Waiting);
        Assert.Equal(503, (await Assert.ThrowsAsync<DurableObjectException>(() => bed.SendAsync("msg_20"))).Status);

        // Minutes of it cost nobody an attempt but the one at a time that finds out.
        await bed.Host.AdvanceAsync(5 * Minute);
        Assert.InRange(bed.Target.Arrivals.Count - before, 3, 8);
        Assert.True((await breaker.Status()).TimesOpened > 1);
        bed.Target.Otherwise = _ => new HttpResponseMessage(HttpStatusCode.OK);
        bed.Target.Arrivals.Clear();
        await bed.Host.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Equal(CircuitState.Closed, (await breaker.Status()).State);
        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => $"msg_{i}"), bed.Target.Arrivals.Where(one => one.Key == "ann").Select(one => one.Id));
        Assert.True(await bed.SendAsync("msg_20"));
    }

    [Fact]
    public async Task An_outage_of_days_costs_no_delivery()
    {
        await using QueueBed bed = new();
        ICircuitBreaker breaker = bed.Host.Objects.Get<ICircuitBreaker>("app.example.com");
        await breaker.Isolate();
        await bed.SendAsync("msg_1");
        await bed.SendAsync("msg_2");
        await bed.Host.AdvanceAsync(TimeSpan.FromDays(3));
        Assert.Equal(WebhookDeliveryState.Running, await bed.StateAsync("msg_1"));
        Assert.Empty(bed.Target.Arrivals);
        await breaker.Close();
        await bed.Host.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Equal(["msg_1", "msg_2"], bed.Target.Ids);
    }

    [Fact]
    public async Task Headers_that_no_client_could_send_on_are_not_kept()
    {
        await using QueueBed bed = new();
        WebhookRequest good = QueueBed.Signed("msg_1", """{"type":"x"}""", bed.Host.Clock.GetUtcNow());
        WebhookIntake intake = bed.Intake();
        WebhookRequest odd = new(
            good.Body,
            [
                .. SignatureOf(good),
                new("User-Agent", "ö"), new("Content-Type", new string('x', 5_000)),
            ]);
        await intake.TakeAsync(intake.Source("shop"), "ann", odd, default, CancellationToken.None);
        Arrival arrival = Assert.Single(bed.Target.Arrivals);
        Assert.False(arrival.Headers.ContainsKey("User-Agent"));
        Assert.False(arrival.Headers.ContainsKey("Content-Type"));
    }

    [Fact]
    public async Task A_target_that_decides_about_requests_is_not_down()
    {
        await using QueueBed bed = new(With(("MaxAttempts", "10")));
        bed.Target.Otherwise = _ => new HttpResponseMessage(HttpStatusCode.BadRequest);
        await bed.SendAsync("msg_1");
        await bed.Host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(10, bed.Target.Arrivals.Count);
        Assert.Equal(0, (await bed.Host.Objects.Get<ICircuitBreaker>("app.example.com").Status()).TimesOpened);
    }

    [Fact]
    public async Task A_redirect_is_a_failure()
    {
        await using QueueBed bed = new(With(("MaxAttempts", "1")));
        bed.Target.Answers.Enqueue(() => new HttpResponseMessage(HttpStatusCode.PermanentRedirect)
        {
            Headers = { Location = new Uri("http://10.0.0.1/") },
        });
        await bed.SendAsync("msg_1");
        WebhookDelivery delivery = await bed.DeliveryAsync("msg_1");
        Assert.Equal((WebhookDeliveryState.Dead, 308), (delivery.State, delivery.Attempts!.Single().Status));
        Assert.Single(bed.Target.Arrivals);
    }

    [Fact]
    public async Task A_target_that_is_gone_makes_it_a_dead_letter_at_once()
    {
        await using QueueBed bed = new();
        bed.Target.Fail(1, HttpStatusCode.Gone);
        await bed.SendAsync("msg_1");
        WebhookDelivery delivery = await bed.DeliveryAsync("msg_1");
        Assert.Equal((WebhookDeliveryState.Dead, WebhookAttemptOutcome.Rejected), (delivery.State, delivery.Attempts!.Single().Outcome));
    }

    [Fact]
    public async Task Of_a_long_answer_the_trail_keeps_the_beginning_and_no_control_characters()
    {
        await using QueueBed bed = new(With(("MaxAttempts", "1")));
        bed.Target.Answers.Enqueue(() => new HttpResponseMessage(HttpStatusCode.InternalServerError)
        {
            Content = new StringContent("a\u0000b\n" + new string('x', 5_000)),
        });
        await bed.SendAsync("msg_1");
        string response = (await bed.DeliveryAsync("msg_1")).Attempts!.Single().Response!;
        Assert.Equal(WebhookLimits.TraceCharacters, response.Length);
        Assert.StartsWith("a b xx", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attempts_fail_by_resets_and_by_taking_too_long()
    {
        await using QueueBed bed = new();
        bed.Target.Answers.Enqueue(() => throw new HttpRequestException("outer", new IOException("reset by peer")));
        bed.Target.Answers.Enqueue(() => throw new TaskCanceledException("a timeout of the client's own"));
        bed.Target.Answers.Enqueue(() =>
        {
            bed.Host.Clock.Advance(TimeSpan.FromSeconds(30));
            return new HttpResponseMessage(HttpStatusCode.OK);
        });
        await bed.SendAsync("msg_1");
        await bed.Host.AdvanceAsync(5 * Minute);
        Assert.Equal(
            [
                (WebhookAttemptOutcome.Failed, "The target was not reached: reset by peer"),
                (WebhookAttemptOutcome.TimedOut, "The target has not answered in time."),
                (WebhookAttemptOutcome.TimedOut, "It has not ended within 00:00:30."), (WebhookAttemptOutcome.Delivered, null),
            ],
            (await bed.DeliveryAsync("msg_1")).Attempts!.Select(one => (one.Outcome, one.Error)));
    }

    [Fact]
    public async Task A_handler_of_the_type_gets_the_payload_and_nothing_is_forwarded()
    {
        await using QueueBed bed = new(null, true, typeof(PaidHandler));
        bed.Target.Fail(1);
        await bed.SendAsync("msg_1", "ben", body: """{"type":"order.paid","id":"o1","amount_in_cents":7}""");
        await bed.Host.AdvanceAsync(Minute);
        Assert.Equal(["shop order.paid msg_1 7 2 51"], await bed.Host.Objects.Get<ILedger>("ben").Noted());
        WebhookDelivery delivery = await bed.DeliveryAsync("msg_1", "ben");
        Assert.Equal(
            [WebhookAttemptOutcome.Failed, WebhookAttemptOutcome.Delivered], delivery.Attempts!.Select(one => one.Outcome));
        Assert.StartsWith("HttpRequestException: ", delivery.Attempts![0].Error, StringComparison.Ordinal);
        Assert.Empty(bed.Target.Arrivals);
        await bed.SendAsync("msg_2", "ben", "order.created");
        Assert.Equal("msg_2", Assert.Single(bed.Target.Arrivals).Id);
    }

    [Theory]
    [InlineData("""{"type":"order.paid","id":{}}""", "The body is no Paid")]
    [InlineData("""{"type":"order.paid","id":"x","amount_in_cents":-1}""", "A payment is not negative.")]
    public async Task What_a_handler_can_never_take_is_a_dead_letter_at_once(string body, string error)
    {
        await using QueueBed bed = new(null, true, typeof(PaidHandler));
        await bed.SendAsync("msg_1", body: body);
        WebhookDelivery delivery = await bed.DeliveryAsync("msg_1");
        Assert.Equal((WebhookDeliveryState.Dead, WebhookAttemptOutcome.Rejected), (delivery.State, delivery.Attempts!.Single().Outcome));
        Assert.Contains(error, delivery.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_is_left_to_itself()
    {
        await using QueueBed bed = new(With(("MaxAttempts", "1")), true, typeof(SlowHandler));
        await bed.SendAsync("msg_1", type: "order.slow");
        Assert.Equal(WebhookAttemptOutcome.TimedOut, (await bed.DeliveryAsync("msg_1")).Attempts!.Single().Outcome);
    }

    [Fact]
    public async Task Without_a_handler_and_a_target_it_is_kept_as_unhandled()
    {
        await using QueueBed bed = new(forwards: false);
        await bed.SendAsync("msg_1");
        WebhookDelivery delivery = await bed.DeliveryAsync("msg_1");
        Assert.Equal(
            (WebhookDeliveryState.Unhandled, 0), (delivery.State, delivery.Attempts!.Count));
    }

    [Fact]
    public void Handlers_that_cannot_be_told_apart_or_take_nothing_are_refused()
    {
        Assert.Contains(
            "both take 'order.paid' of 'shop'",
            Assert.Throws<ArgumentException>(() => new WebhookHandlers([typeof(PaidHandler), typeof(RivalHandler)])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new WebhookHandlers([typeof(HandlerOfNothing)]));
        Assert.Throws<ArgumentException>(() => new WebhookHandlers([typeof(string)]));
        Assert.True(new WebhookHandlers([typeof(PaidHandler)]).Has("other-shop", "paid"));
        Assert.False(new WebhookHandlers([typeof(PaidHandler)]).Has("other-shop", "order.paid"));
    }

    [Fact]
    public async Task A_queue_whose_source_is_not_configured_any_more_parks_and_goes_on_once_it_is()
    {
        await using QueueBed bed = new();
        bed.Target.Fail(1);
        await bed.SendAsync("msg_1");
        await bed.SendAsync("msg_2");
        Dictionary<string, string?> configuration = new(bed.Configuration);
        bed.Configuration.Clear();
        await bed.Host.HibernateAllAsync();
        await bed.Host.AdvanceAsync(TimeSpan.FromHours(3));
        WebhookQueueStatus status = await bed.Queue().Status();
        Assert.Equal((2, 0, WebhookQueueStop.UnknownSource), (status.Waiting, status.Dead, status.Stop));
        Assert.Contains("The source 'shop' is not configured", status.Detail, StringComparison.Ordinal);
        DurableObjectException unknown = Assert.Throws<DurableObjectException>(() => bed.Intake().Source("shop"));
        Assert.Equal((404, WebhookErrorCodes.UnknownSource), (unknown.Status, unknown.Code));

        foreach ((string name, string? value) in configuration)
        {
            bed.Configuration[name] = value;
        }
        await bed.Host.HibernateAllAsync();
        await bed.Host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(["msg_1", "msg_1", "msg_2"], bed.Target.Ids);
    }

    [Fact]
    public async Task An_attempt_that_the_process_died_in_is_in_the_trail_and_made_again()
    {
        await using QueueBed bed = new();
        bed.Target.Answers.Enqueue(() => throw new InvalidOperationException("the process dies"));
        bed.Host.DeliversAutomatically = false;
        await bed.SendAsync("msg_1");
        // The workflow starts and asks for an attempt; what the attempt notes is lost with the process.
        await bed.Host.DeliverAsync(1);
        StepAttempt attempt = System.Text.Json.JsonSerializer.Deserialize<StepAttempt>(
            bed.Host.WaitingSignals.Single(ActivityPort.Takes).Arguments.Span, ObjectJson.Options)!;
        await bed.Queue().Attempting(attempt.WorkflowId, 1);
        await bed.Host.HibernateAllAsync(rebuild: true);
        await bed.Host.DrainAsync();
        await bed.Host.AdvanceAsync(Minute);
        await bed.Host.DeliverAsync();
        Assert.Equal(
            [(1, WebhookAttemptOutcome.Interrupted), (1, WebhookAttemptOutcome.Failed)],
            (await bed.DeliveryAsync("msg_1")).Attempts!.Select(one => (one.Number, one.Outcome)).Take(2));
    }

    [Fact]
    public async Task A_success_that_the_workflow_did_not_learn_of_is_not_repeated()
    {
        await using QueueBed bed = new();
        int losses = 1;
        bed.Host.LosesOutcome = () => losses-- > 0;
        await bed.SendAsync("msg_1");
        Assert.Equal(WebhookDeliveryState.Running, await bed.StateAsync("msg_1"));
        await bed.Host.HibernateAllAsync(rebuild: true);
        await bed.Host.DrainAsync();
        Assert.Equal(WebhookDeliveryState.Delivered, await bed.StateAsync("msg_1"));
        Assert.Single(bed.Target.Arrivals);
    }

    [Fact]
    public async Task A_queue_that_was_returned_to_an_earlier_moment_finds_out_what_became_of_its_delivery()
    {
        await using QueueBed bed = new();
        bed.Target.Fail(1);
        await bed.SendAsync("msg_1");
        DateTimeOffset before = bed.Host.Clock.GetUtcNow();
        await bed.Host.AdvanceAsync(Minute);
        Assert.Equal(WebhookDeliveryState.Delivered, await bed.StateAsync("msg_1"));
        await new DurableObjects.Hosting.ObjectRecovery(bed.Host).RestoreAsync(
            WebhookQueue.AddressOf("shop", "ann"), before, Caller.Runtime, CancellationToken.None);
        Assert.Equal(WebhookDeliveryState.Running, await bed.StateAsync("msg_1"));
        await bed.Host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(WebhookDeliveryState.Delivered, await bed.StateAsync("msg_1"));
        Assert.Equal(2, bed.Target.Arrivals.Count);
    }

    [Fact]
    public async Task A_delivery_whose_workflow_was_purged_begins_anew()
    {
        await using QueueBed bed = new();
        bed.Target.Fail(1);
        await bed.SendAsync("msg_1");
        await bed.Host.PurgeAsync(
            ObjectAddress.OfName(WorkflowCommand.ClassName, (await bed.DeliveryAsync("msg_1")).Workflow!), CancellationToken.None);
        await bed.Host.AdvanceAsync(TimeSpan.FromHours(2));
        WebhookDelivery delivery = await bed.DeliveryAsync("msg_1");
        Assert.Equal((WebhookDeliveryState.Delivered, 2), (delivery.State, delivery.Round));
    }

    [Fact]
    public async Task That_an_earlier_workflow_is_not_there_any_more_begins_no_later_delivery_anew()
    {
        await using QueueBed bed = new();
        bed.Host.DeliversAutomatically = false;
        await bed.SendAsync("msg_1");
        string earlier = (await bed.DeliveryAsync("msg_1")).Workflow!;
        await bed.SendAsync("msg_2");
        await AnsweredAsync("ended", earlier, new WorkflowStatus(earlier, WebhookWorkflow.Name, WorkflowState.Terminated, default));
        string later = (await bed.DeliveryAsync("msg_2")).Workflow!;
        await bed.Host.AdvanceAsync(TimeSpan.FromHours(1));

        await AnsweredAsync("stands", earlier, null);
        Assert.Equal((1, later), ((await bed.DeliveryAsync("msg_2")).Round, (await bed.DeliveryAsync("msg_2")).Workflow));
        await AnsweredAsync("stands", later, null);
        Assert.Equal(2, (await bed.DeliveryAsync("msg_2")).Round);

        async Task AnsweredAsync(string method, string workflow, WorkflowStatus? status) => (await bed.Host.RunAsync(
            WebhookQueue.AddressOf("shop", "ann"),
            new CallTurn(method, JsonSerializer.SerializeToUtf8Bytes(new[] { status }, ObjectJson.Options))
            {
                Caller = Caller.Of($"workflow:{workflow}", Caller.Workflow),
            },
            CancellationToken.None)).OrThrow();
    }

    [Fact]
    public async Task A_workflow_that_is_terminated_by_hand_skips_its_delivery()
    {
        await using QueueBed bed = new(With(("OnDeadLetter", "stop")));
        bed.Target.Fail(1);
        await bed.SendAsync("msg_1");
        await bed.Host.Workflows.CommandAsync(
            (await bed.DeliveryAsync("msg_1")).Workflow!, new WorkflowCommand(WorkflowVerb.Terminate) { Reason = "enough" },
            CancellationToken.None);
        WebhookDelivery delivery = await bed.DeliveryAsync("msg_1");
        Assert.Equal(WebhookDeliveryState.Skipped, delivery.State);
        Assert.Contains("enough", delivery.Error, StringComparison.Ordinal);
        Assert.Null((await bed.Queue().Status()).Stop);
    }

    [Fact]
    public async Task Deliveries_are_listed_newest_first_by_state_a_page_at_a_time()
    {
        await using QueueBed bed = new(With(("MaxAttempts", "1")));
        bed.Target.Fail(2);
        for (int i = 1; i <= 5; i++)
        {
            await bed.SendAsync($"msg_{i}");
        }
        WebhookDeliveryPage page = await bed.Queue().Deliveries(WebhookDeliveryState.Delivered, 2);
        Assert.Equal(["msg_5", "msg_4"], page.Deliveries.Select(one => one.Id));
        page = await bed.Queue().Deliveries(WebhookDeliveryState.Delivered, 2, page.Cursor);
        Assert.Equal(["msg_3"], page.Deliveries.Select(one => one.Id));
        Assert.Null(page.Cursor);
        Assert.Equal(["msg_2", "msg_1"], (await bed.Queue().Deliveries(WebhookDeliveryState.Dead)).Deliveries.Select(one => one.Id));
        Assert.Equal(5, (await bed.Queue().Deliveries()).Deliveries.Count);
        await Assert.ThrowsAsync<DurableObjectException>(() => bed.Queue().Deliveries(limit: 0));
        await Assert.ThrowsAsync<DurableObjectException>(() => bed.Queue().Deliveries(cursor: "x"));
    }

    [Fact]
    public async Task Only_the_host_puts_webhooks_in_and_reads_their_bodies()
    {
        await using QueueBed bed = new();
        await bed.SendAsync("msg_1");
        IWebhookQueue queue = bed.Queue(caller: Caller.Of("ann", "contributor"));
        IncomingWebhook forged = new("msg_2", "order.paid", default, [], [], default, default);
        foreach (Func<Task> call in (Func<Task>[])
        [
            () => queue.Receive(forged), () => queue.Content("msg_1"), () => queue.Attempting("x", 1),
            () => queue.Attempted(1, new AttemptResult(WebhookAttemptOutcome.Failed)),
            () => bed.Host.CallAsync<object>(
                WebhookQueue.AddressOf("shop", "ann"), "ended", new WorkflowStatus("x", "y", WorkflowState.Failed, default)),
            () => bed.Host.CallAsync<object>(WebhookQueue.AddressOf("shop", "ann"), "stands", [null]),
        ])
        {
            Assert.Equal(403, (await Assert.ThrowsAsync<DurableObjectException>(call)).Status);
        }
        Assert.Equal("""{"type":"order.paid","id":"msg_1"}""", Encoding.UTF8.GetString((await bed.Queue().Content("msg_1"))!));
        Assert.NotNull(await queue.Delivery("msg_1"));
    }

    [Fact]
    public async Task A_bad_signature_leaves_a_count_by_reason_and_nothing_else()
    {
        await using QueueBed bed = new();
        WebhookIntake intake = bed.Intake();
        WebhookRequest good = QueueBed.Signed("msg_1", """{"type":"x"}""", bed.Host.Clock.GetUtcNow());
        foreach (WebhookRequest bad in (WebhookRequest[])
        [
            new(
                Encoding.UTF8.GetBytes("""{"type":"y"}"""),
                SignatureOf(good)),
            new(good.Body, []),
        ])
        {
            DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
                () => intake.TakeAsync(intake.Source("shop"), "ann", bad, default, CancellationToken.None));
            Assert.Equal(
                (401, WebhookErrorCodes.InvalidSignature, "The signature is not valid."), (error.Status, error.Code, error.Message));
        }
        Assert.Equal(2, bed.Refusals.All.Sum(one => one.Count));
        Assert.Contains(("shop", WebhookReasons.HeaderMissing, 1), bed.Refusals.All);
        Assert.Empty(await bed.Host.ListAsync(WebhookQueue.ClassName, "", null, 10, CancellationToken.None));
    }
}
