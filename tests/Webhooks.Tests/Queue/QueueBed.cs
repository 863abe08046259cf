using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DurableObjects.Breakers;
using DurableObjects.Harness;
using DurableObjects.Webhooks.Deliveries;
using DurableObjects.Webhooks.Queue;
using DurableObjects.Webhooks.Signatures;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Webhooks.Tests.Queue;

/// <summary>A host that takes webhooks of the source <c>shop</c> and forwards them to a target, on a clock that the test moves.</summary>
internal sealed class QueueBed : IAsyncDisposable
{
    public const string Url = "https://app.example.com/hooks";
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    public QueueBed(IReadOnlyDictionary<string, string?>? settings = null, bool forwards = true, params Type[] handlers)
    {
        Dictionary<string, string?> all = new()
        {
            ["Webhooks:Sources:shop:Scheme"] = "standard-webhooks",
            ["Webhooks:Sources:shop:Secrets:0"] = $"whsec_{Convert.ToBase64String(Key)}",
            ["Webhooks:Sources:shop:ForwardTo"] = forwards ? Url : null,
        };
        foreach ((string name, string? value) in settings ?? new Dictionary<string, string?>())
        {
            all[$"Webhooks:Sources:shop:{name}"] = value;
        }
        Configuration = all;
        FakeClock clock = new();
        Target.Clock = clock;
        Host = new TestHost(
            [typeof(WebhookQueue), typeof(CircuitBreaker), typeof(Ledger)],
            services =>
            {
                services.AddSingleton(Target);
                services.AddSingleton<IConfiguration>(_ => Configured);
                services.AddTransient(_ => WebhookSources.From(Configured));
                services.AddWebhooks();
                services.AddSingleton(new WebhookHandlers(handlers));
                services.AddHttpClient(WebhookForwarder.ClientName).ConfigurePrimaryHttpMessageHandler(() => Target)
                    // The factory would dispose of the target by the real clock.
                    .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
            },
            clock: clock, workflows: [typeof(WebhookWorkflow), typeof(WebhookAttemptActivity)]);
    }

    public Target Target { get; } = new();

    public TestHost Host { get; }

    public WebhookRefusals Refusals { get; } = new();

    /// <summary>What the host is configured with; a source that is taken out of it is not known any more.</summary>
    public Dictionary<string, string?> Configuration { get; }

    private IConfigurationRoot Configured => new ConfigurationBuilder().AddInMemoryCollection(Configuration).Build();

    public IWebhookQueue Queue(string key = "ann", Caller? caller = null) =>
        Host.Objects.Get<IWebhookQueue>(WebhookQueue.AddressOf("shop", key), caller ?? Caller.Runtime);

    public WebhookIntake Intake() => new(WebhookSources.From(Configured), Refusals, Host, Host.Clock);

    /// <summary>Sends a signed webhook; whether it is new.</summary>
    public async Task<bool> SendAsync(string id, string key = "ann", string type = "order.paid", string? body = null)
    {
        WebhookIntake intake = Intake();
        WebhookRequest request = Signed(id, body ?? $$"""{"type":"{{type}}","id":"{{id}}"}""", Host.Clock.GetUtcNow());
        return (await intake.TakeAsync(intake.Source("shop"), key, request, Host.Clock.GetUtcNow(), CancellationToken.None)).IsNew;
    }

    public async Task<WebhookDelivery> DeliveryAsync(string id, string key = "ann") =>
        await Queue(key).Delivery(id) ?? throw new InvalidOperationException($"There is no delivery {id}.");

    public async Task<WebhookDeliveryState> StateAsync(string id, string key = "ann") => (await DeliveryAsync(id, key)).State;

    /// <summary>A signed webhook as it comes in.</summary>
    public static WebhookRequest Signed(string id, string body, DateTimeOffset now)
    {
        string timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}"));
        return new WebhookRequest(Encoding.UTF8.GetBytes(body),
        [
            new("webhook-id", id), new("webhook-timestamp", timestamp), new("webhook-signature", $"v1,{Convert.ToBase64String(signed)}"),
            new("Content-Type", "application/json"), new("X-Other", "not kept"),
        ]);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Target.Dispose();
    }
}
