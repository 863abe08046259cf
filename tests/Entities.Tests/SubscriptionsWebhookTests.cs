using System.Text;
using DurableObjects.Breakers;
using DurableObjects.Entities.Polar;
using DurableObjects.Harness;
using DurableObjects.Webhooks;
using DurableObjects.Webhooks.Deliveries;
using DurableObjects.Webhooks.Queue;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Entities.Tests;

public sealed class SubscriptionsWebhookTests : IAsyncLifetime
{
    private readonly TestHost _host = new(
        [typeof(Subscriptions), typeof(WebhookQueue), typeof(CircuitBreaker)],
        services =>
        {
            services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
            [
                new("Webhooks:Sources:polar:Scheme", "standard-webhooks"),
                new("Webhooks:Sources:polar:Secrets:0", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            ]).Build());
            services.AddWebhooks(typeof(Subscriptions).Assembly);
        },
        workflows: [typeof(WebhookWorkflow), typeof(WebhookAttemptActivity)]);

    private IWebhookQueue Queue => _host.Objects.Get<IWebhookQueue>(WebhookQueue.AddressOf("polar", "user-17"), Caller.Runtime);

    private ISubscriptions Customer => _host.Objects.Get<ISubscriptions>("user-17");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task What_polar_tells_of_a_customer_is_applied_to_the_object_of_that_name()
    {
        await ReceiveAsync("msg_1", PolarEventTypes.SubscriptionActive, PolarPayloads.Subscription);
        await ReceiveAsync("msg_2", PolarEventTypes.OrderPaid, PolarPayloads.Order);
        Assert.True(await Customer.IsActive("p1000000-0000-4000-8000-000000000001"));
        PolarOrder order = Assert.Single(await Customer.Orders());
        Assert.Equal(2_160, order.TotalAmount);
        Assert.Equal("msg_1", Assert.Single(await Customer.History("5b000000-0000-4000-8000-000000000001")).Id);
        Assert.All((await Queue.Deliveries()).Deliveries, one => Assert.Equal(WebhookDeliveryState.Delivered, one.State));
    }

    [Theory]
    [InlineData("""{ "amount": 5 }""")]
    [InlineData("\"text\"")]
    public async Task What_is_no_such_event_is_a_dead_letter_at_once(string data)
    {
        await ReceiveAsync("msg_1", PolarEventTypes.SubscriptionUpdated, data);
        WebhookDelivery delivery = (await Queue.Delivery("msg_1"))!;
        Assert.Equal((WebhookDeliveryState.Dead, WebhookAttemptOutcome.Rejected), (delivery.State, delivery.Attempts!.Single().Outcome));
        Assert.Empty(await Customer.List());
    }

    [Fact]
    public void Every_event_about_a_subscription_or_an_order_is_taken_and_no_other()
    {
        WebhookHandlers handlers = WebhookHandlers.InAssemblies(typeof(Subscriptions).Assembly);
        foreach (string type in typeof(PolarEventTypes).GetFields().Select(field => (string)field.GetRawConstantValue()!))
        {
            bool isApplied = !type.EndsWith('.')
                && (type.StartsWith(PolarEventTypes.SubscriptionPrefix, StringComparison.Ordinal)
                    || type.StartsWith(PolarEventTypes.OrderPrefix, StringComparison.Ordinal));
            Assert.True(handlers.Has("polar", type) == isApplied, type);
        }
    }

    private Task<bool> ReceiveAsync(string id, string type, string data)
    {
        DateTimeOffset now = _host.Clock.GetUtcNow();
        byte[] body = Encoding.UTF8.GetBytes($$"""{"type":"{{type}}","timestamp":"2030-01-01T00:00:09Z","data":{{data}}}""");
        return Queue.Receive(new IncomingWebhook(id, type, now, body, [], now, now));
    }
}
